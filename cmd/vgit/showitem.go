package main

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/fatih/color"

	"vgit/history"
	"vgit/merge"
	"vgit/repo"
	"vgit/repo/item"
)

// readPlain reads the file of an item that is there.
func readPlain(t target) (*item.Item, error) {
	root, err := os.OpenRoot(t.vdir.Path)
	if err != nil {
		return nil, &usageError{what: fileError(err)}
	}
	defer root.Close()
	name := filepath.FromSlash(t.item)
	info, err := root.Lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New(t.item + " is no plain file")
	}
	if err != nil {
		return nil, &usageError{what: fileError(err)}
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, &usageError{what: fileError(err)}
	}
	defer f.Close()
	b, err := readAtMost(f, maxFile)
	if err != nil {
		return nil, &usageError{what: fileError(err)}
	}
	return item.Parse(b), nil
}

// How much of an item is shown if not all is asked for.
const (
	shownColumns     = 90
	maxShownLines    = 20 // of one text
	maxShownMore     = 12 // exceptions of a series
	maxShownApart    = 10 // occurrences that differ
	maxShownOfANoun  = 40 // attendees and the like
	shownHint        = "vgit -v show shows all"
	widestNounColumn = 16
)

// showItem prints an item for a person.
func (s *session) showItem(seen *sight) {
	if name := path.Base(seen.item); repo.IsProperty(name) {
		fmt.Fprintln(s.Stdout, "property "+repo.Plain(name)+"  "+repo.Plain(s.targetName(seen.target)))
		for _, line := range s.bounded(folded(string(seen.Bytes()), shownColumns)) {
			fmt.Fprintln(s.Stdout, "  "+line)
		}
		s.tellWhence(seen)
		return
	}
	shown := s.withMembers(s.shownWording(), seen).Show(seen.Item)
	head := strings.TrimSpace(shown.Type + " " + firstLine(shown.Title))
	fmt.Fprintln(s.Stdout, s.paint(color.Bold, repo.Plain(head))+"  "+repo.Plain(s.targetName(seen.target)))
	s.tellWhence(seen)
	s.showRows(shown.Rows)
	for i, step := range seen.waits {
		fmt.Fprintf(s.Stdout, "  waits: changed here and on %s\n", repo.Plain(seen.waitsFor[i]))
		s.showConflicts(s.Stdout, step, "    ")
		fmt.Fprintln(s.Stdout, "    "+clean(waitsRemedy(seen.vdir, step)))
	}
}

func firstLine(text string) string {
	line, rest, _ := strings.Cut(text, "\n")
	if rest != "" {
		line += " …"
	}
	return line
}

// tellWhence says which version is shown, if it is not the one of now.
func (s *session) tellWhence(seen *sight) {
	switch {
	case seen.gone != nil:
		fmt.Fprintf(s.Stdout, "  %s %s, %s (%s); this is how it was last\n", s.paint(color.FgRed, goneWord(seen)), logTime(seen.gone.Time),
			s.deed(*seen.gone), shortName(seen.gone.Commit))
	case seen.deleted:
		fmt.Fprintf(s.Stdout, "  %s here, and not synced yet; this is how it was last\n", s.paint(color.FgRed, "deleted"))
	case !seen.at.Commit.IsZero():
		fmt.Fprintf(s.Stdout, "  as it was %s\n", asOf(seen.at))
	}
}

// goneWord says what became of an item: it went, or its file did only.
func goneWord(seen *sight) string {
	for _, d := range seen.gone.Items {
		if d.Was == seen.item {
			return "moved to " + repo.Plain(d.Collection+"/"+d.Name)
		}
	}
	return "deleted"
}

// showRows prints what an item says, in two columns. What belongs to one noun has it once.
func (s *session) showRows(rows []merge.Row) {
	wide := 0
	for _, r := range rows {
		wide = max(wide, min(columns(r.Noun), widestNounColumn))
	}
	before, apart, same := merge.Row{}, 0, 0
	for i, r := range rows {
		margin := "  "
		if r.Occurrence != before.Occurrence {
			if apart++; r.Occurrence == "" {
				apart--
			} else if apart <= maxShownApart || s.verbose {
				fmt.Fprintln(s.Stdout, "  "+repo.Plain(r.Occurrence))
			} else {
				fmt.Fprintf(s.Stdout, "  (more occurrences that differ; %s)\n", shownHint)
				s.showRows(rowsOfNone(rows[i:]))
				return
			}
		}
		if r.Occurrence != "" {
			margin = "    "
		}
		noun := r.Noun
		if same++; r.Occurrence == before.Occurrence && r.Noun == before.Noun {
			noun = ""
		} else {
			same = 1
		}
		before = r
		switch {
		case same <= maxShownOfANoun || s.verbose:
			s.showRow(margin, noun, wide, r)
		case same == maxShownOfANoun+1:
			s.showRow(margin, "", wide, merge.Row{Value: "(and more; " + shownHint + ")"})
		}
	}
}

// rowsOfNone are what is not of an occurrence.
func rowsOfNone(rows []merge.Row) (out []merge.Row) {
	for _, r := range rows {
		if r.Occurrence == "" {
			out = append(out, r)
		}
	}
	return out
}

func (s *session) showRow(margin, noun string, wide int, r merge.Row) {
	value, more := r.Value, r.More
	if len(more) > maxShownMore && !s.verbose {
		more = append(more[:maxShownMore:maxShownMore], fmt.Sprintf("and %d more (%s)", len(r.More)-maxShownMore, shownHint))
	}
	value = strings.Join(append([]string{value}, more...), "; ")
	noun = repo.Plain(noun)
	if columns(noun) > wide {
		fmt.Fprintln(s.Stdout, margin+noun)
		noun = ""
	}
	for i, line := range s.bounded(folded(value, shownColumns-wide)) {
		if i > 0 {
			noun = ""
		}
		fmt.Fprintln(s.Stdout, strings.TrimRight(margin+padded(noun, wide)+"  "+line, " "))
	}
}

// bounded are the first lines of a text, and how many there are more.
func (s *session) bounded(lines []string) []string {
	if s.verbose || len(lines) <= maxShownLines {
		return lines
	}
	return append(lines[:maxShownLines:maxShownLines], fmt.Sprintf("(+%d lines; %s)", len(lines)-maxShownLines, shownHint))
}

// jsonItem is an item as it was seen somewhere.
type jsonItem struct {
	VDir       string         `json:"vdir"`
	Collection string         `json:"collection"`
	File       string         `json:"file"`
	UID        string         `json:"uid,omitempty"`
	Component  string         `json:"component,omitempty"`
	Title      string         `json:"title,omitempty"`
	Problem    string         `json:"problem,omitempty"` // why it cannot be read slot by slot
	At         *jsonCommit    `json:"at,omitempty"`      // of a moment that was asked for
	Gone       *jsonCommit    `json:"gone,omitempty"`    // what took it away
	Deleted    bool           `json:"deleted,omitempty"` // it is deleted here, and no sync knows yet
	Says       []jsonSays     `json:"says"`
	Conflicts  []jsonConflict `json:"conflicts,omitempty"` // that it waits for
}

// jsonSays is one thing that an item says, in words.
type jsonSays struct {
	Occurrence string   `json:"occurrence,omitempty"`
	What       string   `json:"what"`
	Value      string   `json:"value"`
	More       []string `json:"more,omitempty"`
}

// jsonCommit is a change, without what it changed.
type jsonCommit struct {
	Commit string `json:"commit"`
	Time   string `json:"time"`
	Kind   string `json:"kind,omitempty"`
	From   string `json:"from,omitempty"`
	Back   bool   `json:"back,omitempty"` // an undo or a restore
	Note   string `json:"note,omitempty"`
}

func commitAnswer(e history.Entry) *jsonCommit {
	return &jsonCommit{Commit: e.Commit.String(), Time: e.Time.Format(time.RFC3339), Kind: string(e.Kind), From: e.From, Back: e.Back, Note: e.Message}
}

func (s *session) itemAnswer(seen *sight) *jsonItem {
	coll, name, _ := s.options(seen.vdir).Layout.Split(seen.item)
	j := &jsonItem{VDir: seen.vdir.Name, Collection: coll, File: name, UID: seen.UID(), Component: seen.Component(), Title: seen.Summary(),
		Problem: seen.Problem(), Deleted: seen.deleted, Says: []jsonSays{}}
	if !seen.at.Commit.IsZero() {
		j.At = &jsonCommit{Commit: seen.at.Commit.String(), Time: seen.at.Time.Format(time.RFC3339)}
	}
	if seen.gone != nil {
		j.Gone = commitAnswer(*seen.gone)
	}
	for _, r := range s.withMembers(s.shownWording(), seen).Show(seen.Item).Rows {
		j.Says = append(j.Says, jsonSays{r.Occurrence, r.Noun, r.Value, r.More})
	}
	for _, step := range seen.waits {
		for _, c := range step.Conflicts {
			j.Conflicts = append(j.Conflicts, conflictAnswer(c))
		}
	}
	return j
}
