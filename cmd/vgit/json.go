package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	"vgit/merge"
	"vgit/repo"
)

// The answer of `vgit sync --json` and `vgit status --json`. Names and texts are as they are, with what could harm a
// terminal escaped. docs/json.md describes each type of an answer, and says what may change.
type jsonSync struct {
	jsonHead
	VDirs []jsonVDir `json:"vdirs"`
}

type jsonVDir struct {
	Name     string        `json:"name"`
	Path     string        `json:"path"`
	Error    string        `json:"error,omitempty"`
	Problems []jsonProblem `json:"problems"`
	Remotes  []jsonRemote  `json:"remotes"`
}

type jsonRemote struct {
	Name  string `json:"name"`
	Error string `json:"error,omitempty"`
	Held  string `json:"held,omitempty"` // why the remote as a whole is held
	Hold  string `json:"hold,omitempty"` // the ID of that hold

	// In status: when it was last spoken to, how that ended if not well, when it last ended well, and when it last moved something.
	LastSync     string `json:"last_sync,omitempty"`
	LastOutcome  string `json:"last_outcome,omitempty"`
	LastGood     string `json:"last_good,omitempty"`
	LastChange   string `json:"last_change,omitempty"`
	LastSent     int    `json:"last_sent,omitempty"`
	LastReceived int    `json:"last_received,omitempty"`
	NotBefore    string `json:"not_before,omitempty"` // until when it asked to be left alone
	CutShort     bool   `json:"cut_short,omitempty"`  // a run began to write, and has not come to its end
	PutBack      int    `json:"put_back,omitempty"`   // items that a restore or undo changed and that are not sent yet

	Changes  []jsonStep    `json:"changes"`           // done; with --dry-run and in status: to be done
	Open     []jsonStep    `json:"open"`              // held, waiting or refused
	Kept     []jsonStep    `json:"kept,omitempty"`    // in status and with --dry-run: what the configuration leaves where it is
	Outside  []jsonOutside `json:"outside,omitempty"` // likewise: what is only there, and outside of the view
	Problems []jsonProblem `json:"problems"`
	NotKept  []jsonNotKept `json:"not_kept,omitempty"` // in status: what stays here only
}

type jsonStep struct {
	State      string `json:"state"` // "do", "held", "waits", "refused", "kept", "left"
	To         string `json:"to"`    // "here" or "there"; "" if it is not decided
	Kind       string `json:"kind"`  // "create", "update", "delete", "collection"
	Collection string `json:"collection"`
	File       string `json:"file,omitempty"`
	UID        string `json:"uid,omitempty"`
	Title      string `json:"title,omitempty"`
	When       string `json:"when,omitempty"`
	Why        string `json:"why,omitempty"`
	Mails      bool   `json:"mails,omitempty"` // the server may write to the people of the meeting
	Guard      string `json:"guard,omitempty"` // that holds it
	Hold       string `json:"hold,omitempty"`  // the ID of the hold

	Diff      []merge.Detail `json:"diff,omitempty"`      // what it changes in the item, slot by slot
	Conflicts []jsonConflict `json:"conflicts,omitempty"` // that it waits for
	Notes     []string       `json:"notes,omitempty"`     // kinds of what a person should look at once
}

type jsonProblem struct {
	Severity   string `json:"severity"` // "note", "temporary", "lasting"
	Collection string `json:"collection,omitempty"`
	File       string `json:"file,omitempty"`
	Title      string `json:"title,omitempty"`
	What       string `json:"what"`
	Hint       string `json:"hint,omitempty"`
}

func syncAnswer(results []*result, code int) jsonSync {
	a := jsonSync{jsonHead: head(code), VDirs: []jsonVDir{}}
	for _, r := range results {
		v := jsonVDir{Name: r.vdir.Name, Path: r.vdir.Path, Problems: jsonProblems(slices.Concat(r.report.Problems, r.report.Notices), false), Remotes: []jsonRemote{}}
		if r.err != nil {
			v.Error = r.err.Error()
		}
		for _, rem := range r.report.Remotes {
			v.Remotes = append(v.Remotes, remoteAnswer(r, rem))
		}
		a.VDirs = append(a.VDirs, v)
	}
	return a
}

func remoteAnswer(r *result, rem *repo.RemoteReport) jsonRemote {
	j := jsonRemote{Name: rem.Name, Held: rem.Held, Changes: []jsonStep{}, Open: []jsonStep{}, Problems: jsonProblems(rem.AllProblems(), rem.Known), NotKept: notKeptAnswer(rem.NotKept)}
	if rem.Mismatch != nil {
		j.Hold = rem.Mismatch.ID
	}
	if rem.Err != nil {
		j.Error = rem.Err.Error()
	}
	if rem.Empty {
		j.Problems = append(j.Problems, jsonProblem{Severity: "note", What: nothingThere(r.vdir.Kind)})
	}
	last := r.last[rem.Name]
	j.LastSync, j.LastOutcome, j.LastGood, j.LastChange = rfc(last.Time), last.Outcome, rfc(last.Good), rfc(last.Changed)
	j.LastSent, j.LastReceived, j.NotBefore, j.CutShort, j.PutBack = last.Sent, last.Received, rfc(r.busy[rem.Name]), rem.CutShort, rem.PutBack
	changes := rem.Done
	if rem.Plan != nil {
		if r.dry {
			changes = rem.Plan.InState(repo.Do)
			for _, step := range rem.Plan.InState(repo.Kept) {
				j.Kept = append(j.Kept, stepAnswer(step))
			}
			j.Outside = outsideAnswer(rem.Plan)
		}
		for _, state := range []repo.StepState{repo.Held, repo.Waits, repo.Refused, repo.Left} {
			for _, step := range rem.Plan.InState(state) {
				j.Open = append(j.Open, stepAnswer(step))
			}
		}
	}
	for _, step := range changes {
		if moves(step) {
			j.Changes = append(j.Changes, stepAnswer(step))
			j.Changes[len(j.Changes)-1].Diff = r.details[step]
		}
	}
	return j
}

func stepAnswer(s *repo.Step) jsonStep {
	j := jsonStep{State: string(s.State), To: string(s.Side), Kind: string(s.Kind), Collection: s.Collection, File: s.Name, UID: s.UID,
		Title: s.Title, When: s.When, Why: s.Why, Mails: s.Mails, Guard: string(s.Hold), Hold: s.HoldID}
	for _, c := range s.Conflicts {
		j.Conflicts = append(j.Conflicts, conflictAnswer(c))
	}
	for _, n := range s.Notes {
		j.Notes = append(j.Notes, n.Kind)
	}
	return j
}

// severityWords are the severities as an answer has them.
var severityWords = map[repo.Severity]string{repo.Note: "note", repo.Temporary: "temporary", repo.Lasting: "lasting"}

func jsonProblems(all []repo.Problem, known bool) []jsonProblem {
	list := []jsonProblem{}
	for _, p := range all {
		what := p.What
		if p.Err != nil && what == "" {
			what = p.Err.Error()
		}
		list = append(list, jsonProblem{Severity: severityWords[severity(p, known)], Collection: p.Collection,
			File: p.Name, Title: p.Title, What: what, Hint: p.Hint})
	}
	return list
}

// printJSON prints an answer, indented.
func (s *session) printJSON(v any) error {
	text, err := encodeJSON(v)
	if err != nil {
		return err
	}
	s.answered = true
	_, err = s.Stdout.Write(text)
	return err
}

// encodeJSON is an answer as it is printed and handed on.
func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return escapeJSON(b.Bytes()), nil
}

// escapeJSON writes \u… for the characters that the sanitiser would not print. They can only stand inside strings.
func escapeJSON(b []byte) []byte {
	var out bytes.Buffer
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r < 0x7f || repo.Plain(string(r)) == string(r):
			out.Write(b[:n])
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&out, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
		b = b[n:]
	}
	return out.Bytes()
}
