package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"vgit/cmd/config"
	"vgit/repo"
)

func (s *session) heldCommand() *cli.Command {
	return command(cli.Command{
		Name: "held", Usage: "show what the guard keeps back, and what each answer does", ArgsUsage: "[WHERE ...]",
		Description: "Shows, from what is known here, what would be done if nobody minded: each set of\n" +
			"items under an ID, with the reason and what accepting or refusing it does. It\n" +
			"asks no remote and writes nothing. The exit status is 5 while anything is held.\n" +
			"-v names all items of a large set.",
		Action: s.held,
	})
}

// heldSet is one hold, with all that a person wants to know of it.
type heldSet struct {
	vdir *config.VDir
	repo.Hold
	items []repo.HeldItem
}

// lookBack is how many commits are looked at for what last changed an item.
const lookBack = 500

func (s *session) held(c *cli.Context) error {
	if err := s.open(); err != nil {
		return err
	}
	places, err := s.places(c.Args().Slice())
	if err != nil {
		return err
	}
	all, failed := s.heldIn(c.Context, places)
	code := exitSync
	switch {
	case failed != nil && errorCode(failed) == exitTemporary:
		code = exitTemporary
	case failed != nil:
		code = exitSome
	case len(all) > 0:
		code = exitHeld
	}
	if s.json {
		return s.answer(heldAnswer(all, s.head(code)), code)
	}
	for i, h := range all {
		if i > 0 {
			fmt.Fprintln(s.Stdout)
		}
		s.showHeld(h)
	}
	if len(all) == 0 && failed == nil {
		fmt.Fprintln(s.Stdout, "nothing is held")
	}
	return ended(code)
}

// heldIn gathers what is held at some places. A vdir that cannot be read is told of, and failed is its error.
func (s *session) heldIn(ctx context.Context, places []place) (all []heldSet, failed error) {
	for _, p := range places {
		some, err := s.heldAt(ctx, p)
		if err != nil {
			s.fail(p.vdir.Name, s.words(p.vdir, err))
			failed = errors.Join(failed, err)
		}
		all = append(all, some...)
	}
	return all, failed
}

func (s *session) heldAt(ctx context.Context, p place) (all []heldSet, err error) {
	if len(p.vdir.Remotes) == 0 {
		return nil, nil
	}
	r, err := repo.Open(s.options(p.vdir), true)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	report, err := r.Status(ctx, s.asking(ctx, p, ""))
	if err != nil {
		return nil, err
	}
	for _, rem := range report.Remotes {
		for _, h := range rem.Holds() {
			items, err := r.HeldItems(&h, lookBack)
			if err != nil {
				return nil, err
			}
			all = append(all, heldSet{p.vdir, h, items})
		}
	}
	return all, nil
}

// asking is a request about what is known here, that asks nobody. only is a remote, or "" for all.
func (s *session) asking(ctx context.Context, p place, only string) repo.Request {
	q := repo.Request{DryRun: true, Collections: p.collections}
	for _, r := range s.wanted(p.vdir, only) {
		q.Remotes = append(q.Remotes, s.stranger(ctx, p.vdir, r))
	}
	return q
}

func (s *session) showHeld(h heldSet) {
	fmt.Fprintf(s.Stdout, "%s  %s: %s\n", s.bold(h.ID), clean(s.where(h.vdir, h.Remote, h.Collection)), h.what())
	fmt.Fprintf(s.Stdout, "    %s\n", clean(h.Why))
	for i, it := range h.items {
		if i == shownHeld && !s.verbose {
			fmt.Fprintf(s.Stdout, "    and %d more; -v names them all\n", len(h.items)-i)
			break
		}
		fmt.Fprintf(s.Stdout, "    %s\n", s.heldLine(h, it))
	}
	accept, refuse := h.consequences()
	if accept != "" {
		fmt.Fprintf(s.Stdout, "  vgit accept %s: %s\n", h.ID, clean(accept))
	}
	if refuse != "" {
		fmt.Fprintf(s.Stdout, "  vgit refuse %s: %s\n", h.ID, clean(refuse))
	}
}

// heldLine is one item: "Dentist (Mon 2 Mar 10:00)  work/d.ics: deleted here; last edited here 24 Nov 2026, changed there 20 Nov 2026".
func (s *session) heldLine(h heldSet, it repo.HeldItem) string {
	line := repo.Label(it.Title, it.When, it.Name)
	if it.Title != "" {
		line += "  " + repo.Plain(s.place(h.vdir, h.Collection)+"/"+it.Name)
	}
	line += ": " + it.Change
	last := lastChange(it.Here)
	if there := lastChange(it.There); there != "" {
		if last != "" {
			last += ", "
		}
		last += there
	}
	if last != "" {
		line += "; last " + last
	}
	return line
}

func lastChange(c repo.LastChange) string {
	if c.Time.IsZero() {
		return ""
	}
	return c.How + " " + c.Time.Local().Format("2 Jan 2006 15:04")
}

// heldWords say what a class of holds keeps back, of one item and of several, what accepting does and what refusing does. %s stands for the
// items: "it", or "all 7".
type heldWords struct{ one, many, accept, refuse string }

var heldClasses = map[repo.Class]heldWords{
	repo.PushDeletions: {"deletion on the server", "deletions on the server",
		"deletes %s on the server", "puts %s back into the vdir, byte for byte"},
	repo.PullDeletions: {"deletion in the vdir", "deletions in the vdir",
		"removes %s from the vdir; the history keeps what was there", "sends %s to the server again"},
	repo.PushChanges: {"change on the server", "changes on the server",
		"sends %s to the server", "takes %s back in the vdir; the history keeps what was written"},
	repo.PullChanges: {"change in the vdir", "changes in the vdir",
		"takes %s over into the vdir", "takes %s back on the server, by sending what is here"},
	repo.PullRollback: {"change to an older state in the vdir", "changes to an older state in the vdir",
		"takes %s over into the vdir", "takes %s back on the server, by sending what is here"},
	repo.PushAdditions: {"new item on the server", "new items on the server",
		"sends %s to the server", "removes %s from the vdir; the history keeps what was there"},
	repo.PullAdditions: {"new item in the vdir", "new items in the vdir",
		"writes %s into the vdir", "deletes %s on the server"},
	repo.Attendees: {"change that may be mailed to people", "changes that may be mailed to people",
		"sends %s, and the server may write to the people invited", "takes %s back in the vdir; nobody is written to"},
	repo.PushOneWay: {"edit that may not be sent", "edits that may not be sent",
		"sends %s to the server, this once", "takes %s back in the vdir; the history keeps what was written"},
	repo.PullOneWay: {"edit that may not be taken", "edits that may not be taken",
		"takes %s over into the vdir, this once", "takes %s back on the server, by sending what is here"},
	repo.DirectoryGone: {one: "the directory is gone here", accept: "deletes %s on the server; the collection itself stays there",
		refuse: "puts the directory back into the vdir, with all that was in it"},
	repo.CollectionGone: {one: "the collection is gone there", accept: "removes %s from the vdir, but for what was edited since; the history keeps what was there",
		refuse: "makes the collection on the server once more and sends what is here of it"},
	repo.NewCollection:  {one: "the collection is only here", accept: "makes it on the server and sends what is in it", refuse: "leaves it here only and does not ask again"},
	repo.MappingChanged: {one: "the configuration pairs it with another", accept: "cannot be: rename the directory, or change collections in the configuration"},
	repo.Binding:        {one: "another account than before", accept: "takes the account as it is now: both sides are joined, and nothing is deleted"},
}

// what says what is held, in few words: "7 deletions on the server".
func (h *heldSet) what() string { return heldWhat(&h.Hold) }

func heldWhat(h *repo.Hold) string {
	w, known := heldClasses[h.Class]
	switch n := len(h.States); {
	case !known:
		return count(n, "item") + ": " + string(h.Class)
	case w.many == "":
		return w.one
	case n == 1:
		return "1 " + w.one
	default:
		return fmt.Sprintf("%d %s", n, w.many)
	}
}

// consequences says what either answer does; refuse is "" if there is nothing to refuse.
func (h *heldSet) consequences() (accept, refuse string) {
	w, known := heldClasses[h.Class]
	if !known {
		w = heldWords{accept: "lets %s pass", refuse: "puts %s back"}
	}
	items := "it"
	if n := len(h.States); n > 1 {
		items = fmt.Sprintf("all %d", n)
	}
	return strings.ReplaceAll(w.accept, "%s", items), strings.ReplaceAll(w.refuse, "%s", items)
}

// jsonHeld is the answer of `vgit held --json`.
type jsonHeld struct {
	jsonHead
	Holds []jsonHold `json:"holds"`
}

// jsonHold is one hold.
type jsonHold struct {
	ID         string         `json:"id"`
	VDir       string         `json:"vdir"`
	Remote     string         `json:"remote"`
	Collection string         `json:"collection,omitempty"`
	Guard      string         `json:"guard"` // its class
	To         string         `json:"to"`    // "here" or "there", "" for a remote as a whole
	Why        string         `json:"why"`
	Accept     string         `json:"accept,omitempty"` // what the answers do
	Refuse     string         `json:"refuse,omitempty"`
	Items      []jsonHeldItem `json:"items"`
}

// jsonHeldItem is one item of a hold.
type jsonHeldItem struct {
	File      string `json:"file"`
	UID       string `json:"uid,omitempty"`
	Title     string `json:"title,omitempty"`
	When      string `json:"when,omitempty"`
	Change    string `json:"change"`
	LastHere  string `json:"last_here,omitempty"` // when it last changed on a side
	LastThere string `json:"last_there,omitempty"`
}

func heldAnswer(all []heldSet, head jsonHead) jsonHeld {
	j := jsonHeld{head, []jsonHold{}}
	for _, h := range all {
		one := jsonHold{ID: h.ID, VDir: h.vdir.Name, Remote: h.Remote, Collection: h.Collection, Guard: string(h.Class), To: string(h.Side), Why: h.Why, Items: []jsonHeldItem{}}
		one.Accept, one.Refuse = h.consequences()
		for _, it := range h.items {
			one.Items = append(one.Items, jsonHeldItem{it.Name, it.UID, it.Title, it.When, it.Change, rfc(it.Here.Time), rfc(it.There.Time)})
		}
		j.Holds = append(j.Holds, one)
	}
	return j
}

func rfc(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
