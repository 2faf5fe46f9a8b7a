package main

import (
	"encoding/json"
	"time"

	cmtjson "github.com/cometbft/cometbft/libs/json"
	cmtmath "github.com/cometbft/cometbft/libs/math"
	"github.com/cometbft/cometbft/light"
	"github.com/cometbft/cometbft/types"
)

const trustingPeriod = 24 * time.Hour

type stepVector struct {
	Name    string       `json:"name"`
	Trusted commitVector `json:"trusted"`
	Next    commitVector `json:"next"`
	NowMS   int64        `json:"now_ms"`
	Period  int64        `json:"trusting_period_ms"`
	Holds   bool         `json:"holds"`
}

// A light block under way: who decides it, who follows, and how they vote.
type stage struct {
	height  int64
	when    time.Time
	members []member
	next    []member
	votes   ballot
}

func (s stage) make() (*types.SignedHeader, *types.ValidatorSet) {
	set := makeSet(s.members)
	header := makeHeader(s.height, s.when, set, makeSet(s.next))
	return &types.SignedHeader{Header: &header, Commit: makeCommit(header, 0, s.members, set, s.votes)}, set
}

func listSteps() []stepVector {
	vectors := []stepVector{}
	all := func(members []member) ballot {
		votes := make(ballot, len(members))
		for i := range votes {
			votes[i] = forIt
		}
		return votes
	}
	add := func(name string, first, second stage, now time.Time) {
		now = now.Truncate(time.Millisecond)
		old, oldSet := first.make()
		signed, set := second.make()
		err := light.Verify(old, oldSet, signed, set, trustingPeriod, now, 5*time.Minute,
			cmtmath.Fraction{Numerator: 1, Denominator: 3})
		vectors = append(vectors, stepVector{
			name,
			describeCommit("trusted", *old.Header, old.Commit, oldSet),
			describeCommit("next", *signed.Header, signed.Commit, set),
			now.UnixMilli(), trustingPeriod.Milliseconds(), err == nil,
		})
	}
	a := makeMembers(10, 10, 10, 10, 10, 10)
	one, others, mixed, halves := a[:4], []member{a[4], a[5]}, []member{a[0], a[4], a[5]}, []member{a[0], a[1], a[4]}
	soon := start.Add(time.Minute)
	begin := stage{10, start, one, one, all(one)}
	add("the same validators later", begin, stage{90, soon, one, one, all(one)}, soon)
	add("the same validators at once", begin, stage{11, soon, one, one, all(one)}, soon)
	add("half of the trusted power", begin, stage{90, soon, halves, halves, all(halves)}, soon)
	add("a quarter of the trusted power", begin, stage{90, soon, mixed, mixed, all(mixed)}, soon)
	add("none of the trusted power", begin, stage{90, soon, others, others, all(others)}, soon)
	add("others at once, as announced", stage{10, start, one, others, all(one)},
		stage{11, soon, others, others, all(others)}, soon)
	add("others at once, not announced", begin, stage{11, soon, others, others, all(others)}, soon)
	three := []member{a[0], a[1], a[2]}
	exact := []member{a[0], a[4], a[5]}
	add("exactly a third of the trusted power", stage{10, start, three, three, all(three)},
		stage{90, soon, exact, exact, all(exact)}, soon)
	heavy := []member{makeMember("validator a", 11), a[1], a[2]}
	add("a little more than a third", stage{10, start, heavy, heavy, all(heavy)},
		stage{90, soon, exact, exact, all(exact)}, soon)
	add("too few of its own", begin, stage{90, soon, one, one, ballot{forIt, forIt, absent, absent}}, soon)
	add("a forged vote", begin, stage{90, soon, one, one, ballot{forged, forIt, forIt, forIt}}, soon)
	add("not higher", begin, stage{10, soon, one, one, all(one)}, soon)
	add("time runs backwards", begin, stage{90, start.Add(-time.Minute), one, one, all(one)}, soon)
	add("the trusting period has just ended", begin, stage{90, soon, one, one, all(one)}, start.Add(trustingPeriod+time.Millisecond))
	add("the trusting period is about to end", begin, stage{90, soon, one, one, all(one)},
		start.Add(trustingPeriod-time.Second))
	add("from the future", begin, stage{90, soon, one, one, all(one)}, soon.Add(-10*time.Minute))
	return vectors
}

type rpcVector struct {
	Commit     json.RawMessage `json:"commit"`
	Validators json.RawMessage `json:"validators"`
	Light      commitVector    `json:"light"`
}

// makeRPC answers as /commit and /validators do, at the first height and at a later one.
func makeRPC() []rpcVector {
	members := makeMembers(10, 20, 30, 40)
	set := makeSet(members)
	first := makeHeader(1, time.Unix(1_700_000_000, 0).UTC(), set, set)
	first.LastBlockID, first.LastCommitHash, first.Version.App = types.BlockID{}, nil, 0
	vectors := []rpcVector{}
	for _, header := range []types.Header{first, makeHeader(42, start, set, set)} {
		commit := makeCommit(header, int32(header.Height%5), members, set, ballot{absent, nilled, forIt, forIt})
		signed := types.SignedHeader{Header: &header, Commit: commit}
		answer, err := cmtjson.Marshal(struct {
			types.SignedHeader `json:"signed_header"`
			CanonicalCommit    bool `json:"canonical"`
		}{signed, true})
		check(err)
		listed, err := cmtjson.Marshal(set.Validators)
		check(err)
		vectors = append(vectors, rpcVector{answer, listed, describeCommit("rpc", header, commit, set)})
	}
	return vectors
}
