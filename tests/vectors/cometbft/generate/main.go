// Writes the vectors beside this folder with CometBFT's own types, for tests that never run Go.
//
//	headers.json     headers, with their encoding and hash
//	validators.json  validator sets, with their encoding and hash
//	commits.json     a header, its commit and validators, what each vote signs, and whether CometBFT accepts the commit
//	steps.json       from one trusted light block to another: whether CometBFT's light client goes along
//	rpc.json         a signed header and validators as the engine's RPC answers them, with their encodings
//
// Keys, times and hashes are made from names, so two runs write the same bytes.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmtversion "github.com/cometbft/cometbft/proto/tendermint/version"
	"github.com/cometbft/cometbft/types"
)

const chainID = "hefu-000102030405060708090a0b0c0d0e0f10111213"

var start = time.Date(2026, 11, 21, 8, 0, 0, 123456789, time.UTC)

func main() {
	folder := os.Args[1]
	for name, value := range map[string]any{
		"headers":    listHeaders(),
		"validators": listValidatorSets(),
		"commits":    listCommits(),
		"steps":      listSteps(),
		"rpc":        makeRPC(),
	} {
		encoded, err := json.MarshalIndent(value, "", " ")
		check(err)
		check(os.WriteFile(filepath.Join(folder, name+".json"), append(encoded, '\n'), 0o644))
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func hash(name string) []byte {
	sum := sha256.Sum256([]byte(name))
	return sum[:]
}

// A validator that can sign: with its key, or in one of the ways that only ZIP-215 accepts.
type member struct {
	name   string
	public crypto.PubKey
	power  int64
	sign   func(message []byte) []byte
}

func makeMember(name string, power int64) member {
	key := ed25519.GenPrivKeyFromSecret([]byte(name))
	return member{name, key.PubKey(), power, func(message []byte) []byte {
		signature, err := key.Sign(message)
		check(err)
		return signature
	}}
}

func makeMembers(powers ...int64) []member {
	members := make([]member, len(powers))
	for i, power := range powers {
		members[i] = makeMember("validator "+string(rune('a'+i)), power)
	}
	return members
}

func makeSet(members []member) *types.ValidatorSet {
	validators := make([]*types.Validator, len(members))
	for i, one := range members {
		validators[i] = types.NewValidator(one.public, one.power)
	}
	return types.NewValidatorSet(validators)
}

// encodeSet leaves the proposer priorities out, which are no part of the hash.
func encodeSet(set *types.ValidatorSet) string {
	message := cmtproto.ValidatorSet{}
	for _, validator := range set.Validators {
		one, err := validator.ToProto()
		check(err)
		one.ProposerPriority = 0
		message.Validators = append(message.Validators, one)
	}
	encoded, err := message.Marshal()
	check(err)
	return hex.EncodeToString(encoded)
}

func makeHeader(height int64, when time.Time, set, next *types.ValidatorSet) types.Header {
	return types.Header{
		Version: cmtversion.Consensus{Block: 11, App: 1},
		ChainID: chainID,
		Height:  height,
		Time:    when,
		LastBlockID: types.BlockID{
			Hash: hash("last block"), PartSetHeader: types.PartSetHeader{Total: 3, Hash: hash("last parts")},
		},
		LastCommitHash:     hash("last commit"),
		DataHash:           hash("data"),
		ValidatorsHash:     set.Hash(),
		NextValidatorsHash: next.Hash(),
		ConsensusHash:      hash("consensus"),
		AppHash:            hash("app"),
		LastResultsHash:    hash("results"),
		EvidenceHash:       hash("evidence"),
		ProposerAddress:    set.Validators[0].Address,
	}
}

func encodeHeader(header types.Header) string {
	encoded, err := header.ToProto().Marshal()
	check(err)
	return hex.EncodeToString(encoded)
}

func encodeCommit(commit *types.Commit) string {
	encoded, err := commit.ToProto().Marshal()
	check(err)
	return hex.EncodeToString(encoded)
}

type headerVector struct {
	Name   string `json:"name"`
	Header string `json:"header"`
	Hash   string `json:"hash"`
}

func listHeaders() []headerVector {
	set := makeSet(makeMembers(10, 10, 10, 10))
	vectors := []headerVector{}
	add := func(name string, change func(*types.Header)) {
		header := makeHeader(42, start, set, set)
		change(&header)
		vectors = append(vectors, headerVector{name, encodeHeader(header), hex.EncodeToString(header.Hash())})
	}
	add("every field", func(*types.Header) {})
	add("the first height", func(h *types.Header) {
		h.Height, h.LastBlockID, h.LastCommitHash = 1, types.BlockID{}, nil
	})
	add("the application has no version", func(h *types.Header) { h.Version.App = 0 })
	add("zero nanoseconds", func(h *types.Header) { h.Time = time.Unix(1_700_000_000, 0).UTC() })
	add("one nanosecond", func(h *types.Header) { h.Time = time.Unix(1_700_000_000, 1).UTC() })
	add("a long app hash", func(h *types.Header) { h.AppHash = append(hash("app"), hash("more")...) })
	add("the largest height", func(h *types.Header) { h.Height = 1<<63 - 1 })
	add("no chain id", func(h *types.Header) { h.ChainID = "" })
	add("no data hash", func(h *types.Header) { h.DataHash = nil })
	add("no consensus hash", func(h *types.Header) { h.ConsensusHash = nil })
	add("no app hash", func(h *types.Header) { h.AppHash = nil })
	add("an empty app hash", func(h *types.Header) { h.AppHash = []byte{} })
	add("no results hash", func(h *types.Header) { h.LastResultsHash = nil })
	add("no evidence hash", func(h *types.Header) { h.EvidenceHash = nil })
	add("no proposer", func(h *types.Header) { h.ProposerAddress = nil })
	add("no next validators hash", func(h *types.Header) { h.NextValidatorsHash = nil })
	return vectors
}

type setVector struct {
	Name       string `json:"name"`
	Validators string `json:"validators"`
	Hash       string `json:"hash"`
}

func listValidatorSets() []setVector {
	vectors := []setVector{}
	for _, one := range []struct {
		name   string
		powers []int64
	}{
		{"one", []int64{1}},
		{"two of different power", []int64{5, 7}},
		{"three", []int64{1, 1, 1}},
		{"four", []int64{10, 10, 10, 10}},
		{"seven, one of them mighty", []int64{1, 2, 3, 4, 5, 6, types.MaxTotalVotingPower - 21}},
		{"thirteen", []int64{13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}},
	} {
		set := makeSet(makeMembers(one.powers...))
		vectors = append(vectors, setVector{one.name, encodeSet(set), hex.EncodeToString(set.Hash())})
	}
	return vectors
}
