package main

import (
	"fmt"
	"strings"

	"vgit/cmd/config"
	"vgit/repo"
)

// mostNotKept is how many items status names of which the server does not hold all; the rest is counted.
const mostNotKept = 10

// showNotKept tells what stays here only, since the server did not keep it.
func (s *session) showNotKept(v *config.VDir, rem *repo.RemoteReport) {
	for i, n := range rem.NotKept {
		if i == mostNotKept {
			fmt.Fprintf(s.Stdout, "  not kept by %s: (+%d more)\n", repo.Plain(rem.Name), len(rem.NotKept)-mostNotKept)
			return
		}
		fmt.Fprintf(s.Stdout, "  not kept by %s: %s: %s: %s\n", repo.Plain(rem.Name), repo.Plain(s.place(v, n.Collection)), repo.Plain(n.Name), repo.Plain(strings.Join(n.Slots, ", ")))
	}
}

// jsonNotKept is an item of which the server does not hold all.
type jsonNotKept struct {
	Collection string   `json:"collection"`
	File       string   `json:"file"`
	Slots      []string `json:"slots"`
}

func notKeptAnswer(list []repo.NotKept) []jsonNotKept {
	var all []jsonNotKept
	for _, n := range list {
		all = append(all, jsonNotKept{n.Collection, n.Name, n.Slots})
	}
	return all
}
