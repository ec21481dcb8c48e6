package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"vgit/cmd/config"
	"vgit/merge"
	"vgit/repo"
	"vgit/repo/item"
)

func (s *session) mergeFileCommand() *cli.Command {
	return command(cli.Command{
		Name: "merge-file", Usage: "merge two edits of one item, given as files",
		ArgsUsage: "[-o OUT] [--put FILE] [--json] [--kind KIND] [--me ADDRESS] [--host HOST] [--policy P] [--sibling FILE] LOCAL BASE REMOTE [REMOTE_BASE]",
		Description: "Prints LOCAL with what was done between REMOTE_BASE and REMOTE. REMOTE_BASE is\n" +
			"BASE if it is not given, and " + os.DevNull + " stands for a file that is not there. It\n" +
			"needs no configuration. The exit status is 0, or 4 if something is in conflict.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write `OUT`, which may be one of the inputs; empty if there is to be no file"},
			&cli.StringFlag{Name: "put", Usage: "write what is to be sent to `FILE`; removed if nothing is, empty if a deletion is"},
			&cli.StringFlag{Name: "kind", Usage: "the `KIND` of all files: calendar or contacts"},
			&cli.StringSliceFlag{Name: "me", Usage: "an `ADDRESS` of yours; may be repeated"},
			&cli.StringFlag{Name: "host", Usage: "the `HOST` of the server"},
			&cli.StringFlag{Name: "policy", Value: "ask", Usage: "what becomes of a conflict, `P`: ask, local, remote or newer"},
			&cli.StringSliceFlag{Name: "sibling", Usage: "another item that a series was split into, `FILE`; may be repeated"},
		},
		Action: s.mergeFile,
	})
}

// jsonMerge is the answer of merge-file --json.
type jsonMerge struct {
	jsonHead
	Outcome   string         `json:"outcome"` // "clean", "note", "conflict"
	Notes     []string       `json:"notes"`   // their kinds
	Conflicts []jsonConflict `json:"conflicts"`
}

// jsonConflict is one slot that waits.
type jsonConflict struct {
	Slot       string `json:"slot"`
	Base       string `json:"base"`
	Local      string `json:"local"`
	Remote     string `json:"remote"`
	Reason     string `json:"reason,omitempty"` // why, where both did not simply change it
	Suggestion string `json:"suggestion,omitempty"`
}

// policies of a merge of files: the others need a person or a second item.
var policies = map[string]merge.Policy{"ask": merge.Ask, "local": merge.Local, "remote": merge.Remote, "newer": merge.Newer}

func (s *session) mergeFile(c *cli.Context) error {
	out, put := s.given(c.String("output")), s.given(c.String("put"))
	context, err := s.mergeContext(c)
	if err != nil {
		return err
	}
	args := c.Args().Slice()
	switch {
	case len(args) < 3 || len(args) > 4:
		return &usageError{what: "merge-file takes LOCAL, BASE, REMOTE and perhaps REMOTE_BASE", hint: "see vgit help merge-file"}
	case s.json && out == "":
		return &usageError{what: "--json needs -o: the answer takes the place of the item", hint: "see vgit help merge-file"}
	case put != "" && (put == out || s.among(put, args)):
		return &usageError{what: "--put " + quote(put) + ": is one of the other files", hint: "see vgit help merge-file"}
	}
	v, err := s.readVersions(args, config.Kind(c.String("kind")))
	if err != nil {
		return err
	}
	res := mergeWhole(v, context)
	if err := s.putOut(out, put, res); err != nil {
		return err
	}
	code := exitSync
	if len(res.Conflicts) > 0 {
		code = exitWaits
	}
	if s.json {
		return s.answer(mergeAnswer(res, code), code)
	}
	s.tellMerge(res)
	return ended(code)
}

func (s *session) given(name string) string {
	if name == "" {
		return ""
	}
	return s.abs(name)
}

// among tells whether a file is one of those.
func (s *session) among(name string, names []string) bool {
	info, err := os.Stat(name)
	for _, n := range names {
		n = s.abs(n)
		other, oerr := os.Stat(n)
		if n == name || err == nil && oerr == nil && os.SameFile(info, other) {
			return true
		}
	}
	return false
}

// mergeContext reads what the flags say besides the files.
func (s *session) mergeContext(c *cli.Context) (merge.Context, error) {
	context := merge.Context{Host: c.String("host")}
	for _, address := range c.StringSlice("me") {
		if len(address) > 7 && strings.EqualFold(address[:7], "mailto:") {
			address = address[7:]
		}
		context.Me = append(context.Me, address)
	}
	var known bool
	if context.Policy, known = policies[c.String("policy")]; !known {
		return context, &usageError{what: "--policy " + quote(c.String("policy")) + ": takes ask, local, remote or newer", hint: "see vgit help merge-file"}
	}
	if kind := c.String("kind"); kind != "" && kind != string(config.Calendar) && kind != string(config.Contacts) {
		return context, &usageError{what: "--kind " + quote(kind) + ": takes calendar or contacts", hint: "see vgit help merge-file"}
	}
	for _, name := range c.StringSlice("sibling") {
		it, err := s.readItem(name)
		if err != nil {
			return context, err
		}
		if it != nil {
			context.Siblings = append(context.Siblings, it)
		}
	}
	return context, nil
}

// readItem reads a file that is an argument; nil is the one that stands for no file.
func (s *session) readItem(name string) (*item.Item, error) {
	if name == os.DevNull {
		return nil, nil
	}
	f, err := os.Open(s.abs(name))
	if err != nil {
		return nil, &usageError{what: fileError(err)}
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = &fs.PathError{Op: "read", Path: f.Name(), Err: errors.New("is a directory")}
	}
	b := []byte{}
	if err == nil {
		b, err = readAtMost(f, maxFile)
	}
	if err != nil {
		return nil, &usageError{what: fileError(err)}
	}
	return item.Parse(b), nil
}

// readVersions reads LOCAL, BASE, REMOTE and REMOTE_BASE.
func (s *session) readVersions(names []string, kind config.Kind) (v merge.Versions, err error) {
	to := []**item.Item{&v.L1, &v.L0, &v.R1, &v.R0}
	for i, name := range names {
		if *to[i], err = s.readItem(name); err != nil {
			return v, err
		}
		if is := kindOf(*to[i]); kind != "" && is != "" && is != kind {
			return v, &usageError{what: fmt.Sprintf("--kind %s, and %s is of the kind %s", kind, quote(name), is)}
		}
	}
	if len(names) == 3 {
		v.R0 = v.L0
	}
	return v, nil
}

// kindOf is the kind of an item, "" if it cannot be told.
func kindOf(it *item.Item) config.Kind {
	switch {
	case it == nil || it.Component() == "":
		return ""
	case it.Component() == "VCARD":
		return config.Contacts
	}
	return config.Calendar
}

// mergeWhole merges, but lets no empty file pass for a deletion: to those who take the result, an empty one says that there is
// to be no file.
func mergeWhole(v merge.Versions, c merge.Context) merge.Result {
	res := merge.Reconcile(v, c)
	empty := res.Local != nil && len(res.Local) == 0 || res.Send == merge.Put && len(res.Body) == 0
	if !empty || len(res.Conflicts) > 0 || allSame(v) {
		return res
	}
	return merge.Result{Local: bytesOf(v.L1), Conflicts: []merge.Conflict{{Slot: "item", Reason: "unparsable", Base: summaryOf(v.L0),
		Local: summaryOf(v.L1), Remote: summaryOf(v.R1)}}}
}

func allSame(v merge.Versions) bool {
	for _, it := range []*item.Item{v.L0, v.R0, v.R1} {
		if (it == nil) != (v.L1 == nil) || !bytes.Equal(bytesOf(it), bytesOf(v.L1)) {
			return false
		}
	}
	return true
}

func bytesOf(it *item.Item) []byte {
	if it == nil {
		return nil
	}
	return it.Bytes()
}

func summaryOf(it *item.Item) string {
	if it == nil {
		return ""
	}
	return it.Summary()
}

// putOut writes both results: what is to be sent first, since OUT may be an input and tells that all is done.
func (s *session) putOut(out, put string, res merge.Result) error {
	if put != "" {
		if err := writeBody(put, res); err != nil {
			return err
		}
	}
	if out != "" {
		return replaceFile(out, res.Local)
	}
	return s.putBytes(res.Local)
}

func writeBody(name string, res merge.Result) error {
	if res.Send != merge.Nothing && len(res.Conflicts) == 0 {
		return replaceFile(name, res.Body)
	}
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func mergeAnswer(res merge.Result, code int) jsonMerge {
	a := jsonMerge{jsonHead: head(code), Outcome: "clean", Notes: []string{}, Conflicts: []jsonConflict{}}
	for _, n := range res.Notes {
		if a.Outcome = "note"; !slices.Contains(a.Notes, n.Kind) {
			a.Notes = append(a.Notes, n.Kind)
		}
	}
	for _, c := range res.Conflicts {
		a.Outcome, a.Conflicts = "conflict", append(a.Conflicts, conflictAnswer(c))
	}
	return a
}

func conflictAnswer(c merge.Conflict) jsonConflict {
	return jsonConflict{Slot: c.Slot, Base: c.Base, Local: c.Local, Remote: c.Remote, Reason: c.Reason, Suggestion: c.Suggestion}
}

// tellMerge says on standard error what a person should look at.
func (s *session) tellMerge(res merge.Result) {
	if s.quiet {
		return
	}
	for _, n := range res.Notes {
		s.say("", noteLine(n))
	}
	for _, c := range res.Conflicts {
		s.say("", "conflict: "+c.Slot+why(c))
		s.tellSides("  ", c, "local", "remote")
	}
}

// noteLine is "occurrence 20260309: the series moved … (shifted)".
func noteLine(n merge.Note) string {
	line := n.Text + " (" + n.Kind + ")"
	if n.Slot != "" {
		line = n.Slot + ": " + line
	}
	return "note: " + line
}

func why(c merge.Conflict) string {
	if c.Reason == "" {
		return ""
	}
	return " (" + c.Reason + ")"
}

// maxShown is how many lines of a value are shown.
const maxShown = 20

// tellSides prints the three values of a conflict, each line harmless.
func (s *session) tellSides(indent string, c merge.Conflict, ours, theirs string) {
	inWords := c
	inWords.Base, inWords.Local, inWords.Remote = s.wording().Sides(c)
	if strings.Contains(c.Base+c.Local+c.Remote, "\n") { // a text is shown as it stands
		inWords.Base, inWords.Local, inWords.Remote = cmp.Or(c.Base, inWords.Base), cmp.Or(c.Local, inWords.Local), cmp.Or(c.Remote, inWords.Remote)
	}
	for _, side := range []struct{ name, value string }{{"base", inWords.Base}, {ours, inWords.Local}, {theirs, inWords.Remote}} {
		lines := strings.Split(strings.TrimRight(side.value, "\n"), "\n")
		if more := len(lines) - maxShown; more > 0 {
			lines = append(lines[:maxShown], fmt.Sprintf("(+%d lines)", more))
		}
		for i, line := range lines {
			name := ""
			if i == 0 {
				name = side.name
			}
			fmt.Fprintf(s.Stderr, "%s%-7s %s\n", indent, name, repo.Plain(line))
		}
	}
}
