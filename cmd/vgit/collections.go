package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"vgit/cmd/config"
	"vgit/remote"
	"vgit/repo"
)

func (s *session) collectionsCommand() *cli.Command {
	return command(cli.Command{
		Name: "collections", Usage: "list the collections of both sides and what becomes of each", ArgsUsage: "[WHERE ...]",
		Description: "Asks each remote what it has. Nothing is written.",
		Action:      s.collections,
	})
}

// jsonCollections is the answer of `vgit collections --json`.
type jsonCollections struct {
	jsonHead
	Collections []jsonCollection `json:"collections"`
	VDirs       []jsonVDir       `json:"vdirs"` // what went wrong
}

// jsonCollection is one collection, on one side or on both.
type jsonCollection struct {
	VDir       string   `json:"vdir"`
	Remote     string   `json:"remote"`
	Directory  string   `json:"directory,omitempty"`
	ID         string   `json:"id,omitempty"`
	Name       string   `json:"name,omitempty"`
	URL        string   `json:"url,omitempty"`
	Components []string `json:"components,omitempty"`
	ReadOnly   bool     `json:"read_only"`
	Synced     bool     `json:"synced"`
	Fate       string   `json:"fate"` // what becomes of it, in a word
	Hold       string   `json:"hold,omitempty"`
	What       string   `json:"what"` // becomes of it, in words
}

func (s *session) collections(c *cli.Context) error {
	if err := s.open(); err != nil {
		return err
	}
	places, err := s.places(c.Args().Slice())
	if err != nil {
		return err
	}
	rows := []jsonCollection{}
	var t tally
	var results []*result
	for _, p := range places {
		found, res := s.pairings(c.Context, p)
		rows, results = append(rows, found...), append(results, res)
		s.talk(res)
		res.count(&t)
	}
	code := t.code()
	if s.json {
		return s.answer(jsonCollections{head(code), rows, syncAnswer(results, code).VDirs}, code)
	}
	if err := s.showPairings(rows); err != nil {
		return err
	}
	return ended(code)
}

// pairings looks at each remote of a vdir, and at the vdir, as a dry run of a sync does that asks for no collection.
func (s *session) pairings(ctx context.Context, p place) (rows []jsonCollection, res *result) {
	accounts, res := s.look(ctx, p)
	defer closeAll(accounts)
	for i, a := range accounts {
		if i >= len(res.report.Remotes) || res.report.Remotes[i].Err != nil || res.err != nil {
			continue
		}
		rem := res.report.Remotes[i]
		found := a.pairings()
		for _, row := range append(found, a.goneRows(rem, found)...) {
			row.planned(rem)
			if name := row.Directory; p.collections == nil || slices.Contains(p.collections, name) {
				rows = append(rows, row)
			}
		}
	}
	for _, rem := range res.report.Remotes {
		rem.Plan, rem.Done = nil, nil // that is in the rows; looking is no failure
	}
	return rows, res
}

// planned takes over what the plan says of a collection as a whole.
func (row *jsonCollection) planned(rem *repo.RemoteReport) {
	if row.Directory == "" {
		return
	}
	for _, step := range rem.Done {
		if step.Kind == repo.Rename && step.Collection == row.Directory {
			row.What += "; " + step.Why
		}
	}
	if rem.Plan == nil {
		return
	}
	for i := range rem.Plan.Steps {
		step := &rem.Plan.Steps[i]
		if step.Collection != row.Directory || step.Kind != repo.Whole {
			continue
		}
		if row.ID != "" && (step.Hold == "" || step.Hold == repo.NewCollection) {
			continue // no item was asked for, so the plan does not know yet that this directory has its collection there
		}
		row.Synced = false
		switch step.State {
		case repo.Held:
			row.Fate, row.Hold, row.What = "held", step.HoldID, "held as "+step.HoldID+": "+step.Why
		case repo.Refused:
			row.Fate, row.What = "refused", step.Why
		case repo.Do:
			row.Fate, row.What = "made", "only here; it is made on the server"
		}
	}
}

// look asks the remotes of a vdir for their collections and reads no item.
func (s *session) look(ctx context.Context, p place) (accounts []*account, res *result) {
	res = &result{vdir: p.vdir, report: &repo.Report{}, dry: true}
	request := repo.Request{DryRun: true, Collections: []string{}, Look: true}
	var failed []*repo.RemoteReport
	for _, r := range s.wanted(p.vdir, "") {
		a, err := s.connect(ctx, p.vdir, r)
		if err != nil {
			failed = append(failed, &repo.RemoteReport{Name: r.Name, Err: err})
			continue
		}
		accounts = append(accounts, a)
		request.Remotes = append(request.Remotes, a.remote(s))
	}
	res.err = s.syncRepo(ctx, res, request)
	for i, a := range accounts {
		if i < len(res.report.Remotes) {
			res.report.Remotes[i].Problems = append(res.report.Remotes[i].Problems, a.unmatched()...)
		}
	}
	res.report.Remotes = append(res.report.Remotes, failed...)
	return accounts, res
}

func (a *account) pairings() (rows []jsonCollection) {
	for _, info := range a.shown.Collections {
		row := jsonCollection{VDir: a.vdir.Name, Remote: a.from.Name, ID: info.ID, Name: info.Name, URL: a.absolute(info.Href), Components: info.Components,
			ReadOnly: info.ReadOnly || info.Subscribed}
		row.Directory, row.Synced = a.bound[info.Href]
		row.Fate, row.What = a.fate(info, row)
		rows = append(rows, row)
	}
	if a.vdir.Single {
		return rows
	}
	for _, dir := range a.locals {
		if slices.ContainsFunc(rows, func(r jsonCollection) bool { return r.Directory == dir }) {
			continue
		}
		row := jsonCollection{VDir: a.vdir.Name, Remote: a.from.Name, Directory: dir, Fate: "here", What: "only here; nothing is in it that could be synced"}
		switch {
		case !a.wanted(dir):
			row.Fate, row.What = "left out", "only here; left out by the configuration"
		case a.from.Create == config.CreateNo:
			row.What = "only here; left alone, as create says"
		}
		rows = append(rows, row)
	}
	return rows
}

// goneRows are collections that have a directory or had one, and that neither the account nor the vdir shows.
func (a *account) goneRows(rem *repo.RemoteReport, rows []jsonCollection) (more []jsonCollection) {
	if rem.Plan == nil || a.vdir.Single {
		return nil
	}
	for _, step := range rem.Plan.Steps {
		if step.Kind != repo.Whole || slices.ContainsFunc(rows, func(r jsonCollection) bool { return r.Directory == step.Collection }) {
			continue
		}
		more = append(more, jsonCollection{VDir: a.vdir.Name, Remote: a.from.Name, Directory: step.Collection})
	}
	return more
}

// fate says what becomes of a collection that the remote has.
func (a *account) fate(info remote.Info, row jsonCollection) (word, what string) {
	word, what = "synced", "synced"
	switch {
	case !row.Synced && info.Generated:
		return "generated", "left out: the server makes it itself; name it in collections to have it"
	case !row.Synced:
		return "left out", "left out by the configuration"
	case !a.vdir.Single && !slices.Contains(a.locals, row.Directory):
		word, what = "new", "synced into a new directory"
	}
	if row.ReadOnly {
		what += ", read-only"
	}
	return word, what
}

func (s *session) showPairings(rows []jsonCollection) error {
	w := tabwriter.NewWriter(s.Stdout, 0, 8, 2, ' ', 0)
	for _, r := range rows {
		dir, there := r.Directory, r.ID
		if dir == "" {
			dir = "-"
		}
		if there == "" {
			there = "-"
		}
		if r.Name != "" && r.Name != r.ID {
			there += " " + quote(r.Name)
		}
		var kinds []string
		for _, c := range r.Components {
			kinds = append(kinds, strings.ToLower(strings.TrimPrefix(c, "V")))
		}
		fmt.Fprintf(w, "%s/%s\t%s\t%s\t%s\t%s\n", repo.Plain(r.VDir), repo.Plain(dir), repo.Plain(r.Remote), clean(there), repo.Plain(strings.Join(kinds, ",")), r.What)
	}
	return w.Flush()
}
