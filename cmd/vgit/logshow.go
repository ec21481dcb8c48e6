package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fatih/color"

	"vgit/history"
	"vgit/merge"
	"vgit/repo"
	"vgit/repo/store"
)

// jsonLog is the answer of `vgit log --json`.
type jsonLog struct {
	jsonHead
	Entries []jsonEntry `json:"entries"`
}

// jsonEntry is one entry of it.
type jsonEntry struct {
	VDir   string       `json:"vdir"`
	Commit string       `json:"commit"`
	Time   string       `json:"time"`
	Kind   string       `json:"kind"`           // "edit", "pull", "push", "fetch"
	From   string       `json:"from"`           // "here", or the remote
	Open   bool         `json:"open,omitempty"` // of a fetch: some of it is not taken over
	Back   bool         `json:"back,omitempty"` // an undo or a restore
	Note   string       `json:"note,omitempty"`
	Items  []jsonChange `json:"items"`
}

type jsonChange struct {
	Sign       string `json:"sign"` // "+", "~", "-"
	Collection string `json:"collection"`
	File       string `json:"file"`
	Was        string `json:"was,omitempty"` // the path before, of an item that was moved or renamed
	Title      string `json:"title,omitempty"`
	When       string `json:"when,omitempty"`

	Diff []merge.Detail `json:"diff,omitempty"` // slot by slot
}

// showLog shows the entries of all histories, newest first: those of one as they are read.
func (s *session) showLog(ctx context.Context, all []vdirHistory, form string) (err error) {
	var entries []vdirEntry
	limit := 0
	for _, h := range all {
		book, err := history.Open(h.options)
		if err != nil {
			if err = s.unread(h.vdir, err); err != nil {
				return err
			}
			continue // it was never synced
		}
		defer book.Close()
		limit = h.options.Limit
		var failed error
		err = book.Log(ctx, h.options, func(e history.Entry) bool {
			if e := (vdirEntry{e, h.vdir, book}); len(all) == 1 && !s.json {
				failed = s.showEntry(e, form)
			} else {
				entries = append(entries, e)
			}
			return failed == nil
		})
		if err = cmp.Or(failed, err); err != nil {
			return s.unread(h.vdir, err)
		}
	}
	slices.SortStableFunc(entries, func(a, b vdirEntry) int { return b.Time.Compare(a.Time) })
	if limit > 0 && len(entries) > limit {
		entries = entries[:limit]
	}
	code := s.absence(len(all))
	if s.json {
		return s.answer(jsonLog{s.head(code), logAnswer(entries)}, code)
	}
	for _, e := range entries {
		if err := s.showEntry(e, form); err != nil {
			return err
		}
	}
	return ended(code)
}

// shownItems is how many items of an entry are named.
const shownItems = 20

// shortName is the name of a commit as people say it.
func shortName(h store.Hash) string { return h.String()[:8] }

// signColors are those of the signs of a change.
var signColors = map[byte]color.Attribute{'+': color.FgGreen, '~': color.FgYellow, '-': color.FgRed}

func (s *session) sign(c byte) string { return s.paint(signColors[c], string(c)) }

// showEntry shows one entry: its head, and a line for each item with what changed in it below.
func (s *session) showEntry(e vdirEntry, form string) error {
	head := s.paint(color.FgYellow, shortName(e.Commit))
	if form == "oneline" {
		fmt.Fprintln(s.Stdout, head+"  "+logTime(e.Time)+"  "+s.deed(e.Entry)+": "+s.inShort(e))
		return nil
	}
	fmt.Fprintln(s.Stdout, logTime(e.Time)+"  "+head+"  "+s.bold(s.deed(e.Entry)))
	for i, d := range e.Items {
		if i == shownItems && !s.verbose {
			fmt.Fprintf(s.Stdout, "    and %d more; -v names them all\n", len(e.Items)-i)
			break
		}
		s.showDifference(e, d)
		if form == "patch" {
			if err := s.showFilePatch(e, d); err != nil {
				return err
			}
		}
	}
	return nil
}

func logTime(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }

// showDifference shows what changed in one item.
func (s *session) showDifference(e vdirEntry, d repo.Difference) {
	was := ""
	if d.Was != "" {
		was = ", was " + repo.Plain(d.Was)
	}
	fmt.Fprintf(s.Stdout, "    %s %s%s\n", s.sign(d.Sign), repo.Line(d.Words, s.place(e.vdir, d.Collection)+"/"+d.Name), was)
	for _, line := range d.Words.Lines {
		fmt.Fprintln(s.Stdout, "        "+repo.Plain(line))
	}
}

// showFilePatch shows the lines of a file that changed.
func (s *session) showFilePatch(e vdirEntry, d repo.Difference) error {
	var versions [2][]byte
	for i, h := range []store.Hash{d.Old, d.New} {
		if h.IsZero() {
			continue
		}
		b, err := e.book.Blob(h)
		if err != nil {
			return err
		}
		versions[i] = append([]byte{}, b...) // nil would be no file
	}
	path := s.options(e.vdir).Layout.Path(d.Collection, d.Name)
	s.showPatch(movedPatch(cmp.Or(d.Was, path), path, versions[0], versions[1]))
	return nil
}

// inShort names the first items of an entry.
func (s *session) inShort(e vdirEntry) string {
	const most = 3
	var parts []string
	for i, d := range e.Items {
		if i == most {
			return strings.Join(parts, ", ") + fmt.Sprintf(" and %d more", len(e.Items)-i)
		}
		name := repo.Label(d.Title, "", d.Name)
		if repo.IsProperty(d.Name) {
			name = repo.Plain(cmp.Or(d.Words.Type, d.Name) + " " + d.Words.Title)
		}
		parts = append(parts, s.sign(d.Sign)+" "+name)
	}
	return strings.Join(parts, ", ")
}

// deed says who brought a change about, and of a commit by hand what was said of it.
func (s *session) deed(e history.Entry) string {
	text := "edited here"
	switch {
	case e.Back:
		text = "put back here"
	case e.Kind == history.Pull:
		text = "received from " + repo.Plain(e.From)
	case e.Kind == history.Push:
		text = "sent to " + repo.Plain(e.From)
	case e.Kind == history.Fetch && e.Open:
		text = "seen at " + repo.Plain(e.From) + ", not taken over"
	case e.Kind == history.Fetch:
		text = "seen at " + repo.Plain(e.From)
	}
	if e.Message != "" {
		text += ": " + repo.Plain(e.Message)
	}
	return text
}

func logAnswer(entries []vdirEntry) []jsonEntry {
	answer := []jsonEntry{}
	for _, e := range entries {
		j := jsonEntry{VDir: e.vdir.Name, Commit: e.Commit.String(), Time: e.Time.Format(time.RFC3339), Kind: string(e.Kind), From: e.From, Open: e.Open, Back: e.Back,
			Note: e.Message, Items: []jsonChange{}}
		for _, d := range e.Items {
			j.Items = append(j.Items, jsonChange{string(d.Sign), d.Collection, d.Name, d.Was, d.Title, d.When, d.Details})
		}
		answer = append(answer, j)
	}
	return answer
}
