package otp

import (
	"crypto/sha256"
	"slices"
	"strings"
)

const (
	networkSize = 8  // bytes of the hash of a network
	maxNetworks = 64 // a number gets at most 10 codes a day, which allow 50 wrong guesses
)

// Networks is a set of client networks: the hashes of the last maxNetworks ones.
type Networks string

// has reports whether the set contains a network.
func (ns Networks) has(network string) bool {
	return slices.Contains(ns.hashes(), hashOf(network))
}

// with returns the set with a network, which is then the last one.
func (ns Networks) with(network string) Networks {
	hash := hashOf(network)
	all := slices.DeleteFunc(ns.hashes(), func(other string) bool { return other == hash })
	all = append(all, hash)
	return Networks(strings.Join(all[max(0, len(all)-maxNetworks):], ""))
}

func (ns Networks) hashes() (all []string) {
	for chunk := range slices.Chunk([]byte(ns), networkSize) {
		all = append(all, string(chunk))
	}
	return all
}

func hashOf(network string) string {
	sum := sha256.Sum256([]byte(network))
	return string(sum[:networkSize])
}
