// Verify a Hygie proof with the Go project's own checksum-database packages, which share no code with Hygie.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run verify.go KEY PROOF [KEPT]
//
// KEY is the exported public key, PROOF what `hygie ledger prove` wrote, KEPT a checkpoint kept outside the node.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type proof struct {
	Index       int64    `json:"index"`
	Record      string   `json:"record"`
	Inclusion   []string `json:"inclusion"`
	Checkpoint  string   `json:"checkpoint"`
	Consistency struct {
		Size  int64    `json:"size"`
		Proof []string `json:"proof"`
	} `json:"consistency"`
}

func open(text string, verifier note.Verifier) (tlog.Tree, error) {
	var tree tlog.Tree
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tree, errors.New("not a checkpoint of this log")
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

func hashes(texts []string) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, text := range texts {
		hash, err := tlog.ParseHash(text)
		if err != nil {
			return nil, err
		}
		found = append(found, hash)
	}
	return found, nil
}

func verify(arguments []string) error {
	if len(arguments) < 2 {
		return errors.New("give KEY PROOF [KEPT]")
	}
	key, err := os.ReadFile(arguments[0])
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(key)))
	if err != nil {
		return err
	}
	data, err := os.ReadFile(arguments[1])
	if err != nil {
		return err
	}
	var given proof
	if err := json.Unmarshal(data, &given); err != nil {
		return err
	}
	tree, err := open(given.Checkpoint, verifier)
	if err != nil {
		return err
	}
	path, err := hashes(given.Inclusion)
	if err != nil {
		return err
	}
	leaf := tlog.RecordHash([]byte(given.Record))
	if err := tlog.CheckRecord(path, tree.N, tree.Hash, given.Index, leaf); err != nil {
		return err
	}
	if len(arguments) == 2 {
		return nil
	}
	kept, err := os.ReadFile(arguments[2])
	if err != nil {
		return err
	}
	older, err := open(string(kept), verifier)
	if err != nil {
		return err
	}
	steps, err := hashes(given.Consistency.Proof)
	if err != nil {
		return err
	}
	return tlog.CheckTree(steps, tree.N, tree.Hash, older.N, older.Hash)
}

func main() {
	if err := verify(os.Args[1:]); err != nil {
		fmt.Println("REFUSED", err)
		os.Exit(1)
	}
	fmt.Println("HOLDS")
}
