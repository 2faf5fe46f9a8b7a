package main

import (
	"encoding/hex"
	"time"

	"github.com/cometbft/cometbft/types"
)

// How each validator votes, in the order of the members.
type ballot []string

const (
	forIt  = "for"
	nilled = "nil"
	absent = "absent"
	forged = "forged"
)

type commitVector struct {
	Name       string   `json:"name"`
	ChainID    string   `json:"chain_id"`
	Header     string   `json:"header"`
	Commit     string   `json:"commit"`
	Validators string   `json:"validators"`
	SignBytes  []string `json:"sign_bytes"` // empty for an absent vote
	Holds      bool     `json:"holds"`      // VerifyCommit, which checks every vote
}

// makeCommit lets the members vote, each at a time of its own; they stand in the order of the set.
func makeCommit(header types.Header, round int32, members []member, set *types.ValidatorSet, votes ballot) *types.Commit {
	commit := &types.Commit{
		Height: header.Height,
		Round:  round,
		BlockID: types.BlockID{
			Hash: header.Hash(), PartSetHeader: types.PartSetHeader{Total: 2, Hash: hash("parts")},
		},
		Signatures: make([]types.CommitSig, set.Size()),
	}
	for i := range commit.Signatures {
		commit.Signatures[i] = types.NewCommitSigAbsent()
	}
	for i, one := range members {
		if votes[i] == absent {
			continue
		}
		at, validator := set.GetByAddress(one.public.Address())
		flag := types.BlockIDFlagCommit
		if votes[i] == nilled {
			flag = types.BlockIDFlagNil
		}
		// Every third vote has no fraction of a second.
		when := header.Time.Add(time.Duration(i) * 1_001_001)
		if i%3 == 1 {
			when = header.Time.Truncate(time.Second).Add(2 * time.Second)
		}
		commit.Signatures[at] = types.CommitSig{
			BlockIDFlag: flag, ValidatorAddress: validator.Address, Timestamp: when,
		}
		signature := one.sign(commit.VoteSignBytes(header.ChainID, at))
		if votes[i] == forged {
			signature[40] ^= 1
		}
		commit.Signatures[at].Signature = signature
	}
	return commit
}

func describeCommit(name string, header types.Header, commit *types.Commit, set *types.ValidatorSet) commitVector {
	signed := make([]string, len(commit.Signatures))
	for i, vote := range commit.Signatures {
		if vote.BlockIDFlag != types.BlockIDFlagAbsent {
			signed[i] = hex.EncodeToString(commit.VoteSignBytes(header.ChainID, int32(i)))
		}
	}
	err := types.VerifyCommit(header.ChainID, set, commit.BlockID, header.Height, commit)
	return commitVector{
		name, header.ChainID, encodeHeader(header), encodeCommit(commit), encodeSet(set), signed, err == nil,
	}
}

func listCommits() []commitVector {
	vectors := []commitVector{}
	add := func(name string, height int64, round int32, members []member, votes ballot) {
		set := makeSet(members)
		header := makeHeader(height, start, set, set)
		vectors = append(vectors, describeCommit(name, header, makeCommit(header, round, members, set, votes), set))
	}
	four := makeMembers(10, 10, 10, 10)
	add("all four", 42, 0, four, ballot{forIt, forIt, forIt, forIt})
	add("three of four", 42, 0, four, ballot{forIt, forIt, absent, forIt})
	add("three of four, one for nil", 42, 3, four, ballot{forIt, nilled, forIt, forIt})
	add("a late round of a late height", 1<<62, 1<<31-1, four, ballot{forIt, forIt, forIt, absent})
	add("two of four", 42, 0, four, ballot{forIt, forIt, absent, absent})
	add("two of four, one for nil", 42, 0, four, ballot{forIt, forIt, nilled, absent})
	add("exactly two thirds", 42, 0, makeMembers(1, 1, 1), ballot{forIt, forIt, absent})
	add("a little more than two thirds", 42, 0, makeMembers(33, 34, 33), ballot{forIt, forIt, absent})
	add("a little less than two thirds", 42, 0, makeMembers(33, 33, 34), ballot{forIt, forIt, absent})
	add("one alone", 1, 0, makeMembers(1), ballot{forIt})
	add("the mighty one alone", 42, 0, makeMembers(1, 2, types.MaxTotalVotingPower-3), ballot{absent, absent, forIt})
	add("a forged vote for the block", 42, 0, four, ballot{forIt, forIt, forIt, forged})
	add("seven, each in its own way", 42, 1, makeMembers(1, 2, 3, 4, 5, 6, 7),
		ballot{nilled, absent, forIt, forIt, forIt, forIt, forIt})

	// What only ZIP-215 accepts: the two powers without that vote are not enough.
	add("a vote with a torsion point added", 42, 0,
		[]member{four[0], four[1], makeTwister("twister", 10), four[3]}, ballot{forIt, forIt, forIt, absent})
	add("a key of small order in another form", 42, 0,
		[]member{four[0], four[1], makeSmall(10), four[3]}, ballot{forIt, forIt, forIt, absent})
	return vectors
}
