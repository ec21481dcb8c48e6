package main

import (
	"time"

	"vgit/history"
	"vgit/merge"
	"vgit/repo"
)

// jsonTakenBack is the answer of `vgit undo --json` and `vgit restore --json`.
type jsonTakenBack struct {
	jsonHead
	VDirs []jsonReversal `json:"vdirs"`
}

// jsonReversal is what was taken back in one vdir; with --dry-run, what would be.
type jsonReversal struct {
	Name    string            `json:"name"`
	Commit  string            `json:"commit,omitempty"` // of main, that the files are in now
	Of      []*jsonCommit     `json:"of"`               // the commits that are taken back, newest first; none of a restore
	Then    *jsonCommit       `json:"then,omitempty"`   // of a restore
	Changes []jsonTakenChange `json:"changes"`
	Stays   []jsonStay        `json:"stays"`
	Left    []jsonLeft        `json:"left"`           // what was not done
	Sent    bool              `json:"sent,omitempty"` // the same sync sent something too, which stays
}

// jsonTakenChange is one file that is written or removed.
type jsonTakenChange struct {
	Sign       string `json:"sign"` // "+", "~", "-"
	Collection string `json:"collection"`
	File       string `json:"file"`
	Was        string `json:"was,omitempty"`     // the path that it is moved from
	Damaged    string `json:"damaged,omitempty"` // what is wrong with the file now
	Title      string `json:"title,omitempty"`
	When       string `json:"when,omitempty"`

	Diff []merge.Detail `json:"diff,omitempty"`
}

// jsonStay is something that is not taken back.
type jsonStay struct {
	Collection string   `json:"collection"`
	File       string   `json:"file"`
	Title      string   `json:"title,omitempty"`
	Reason     string   `json:"reason"`          // "edited", "deleted", "back", "moved"
	Slots      []string `json:"slots,omitempty"` // that stay; none: all
	From       string   `json:"from"`            // who changed it since: "here", or the remote
	Commit     string   `json:"commit,omitempty"`
	Time       string   `json:"time,omitempty"`
}

// jsonLeft is a change that was not done.
type jsonLeft struct {
	Collection string `json:"collection"`
	File       string `json:"file"`
	Why        string `json:"why"`
}

func (s *session) takenBackAnswer(all []*takingBack, code int) jsonTakenBack {
	a := jsonTakenBack{s.head(code), []jsonReversal{}}
	for _, t := range all {
		a.VDirs = append(a.VDirs, reversalAnswer(t))
	}
	return a
}

func reversalAnswer(t *takingBack) jsonReversal {
	j := jsonReversal{Name: t.vdir.Name, Of: []*jsonCommit{}, Changes: []jsonTakenChange{}, Stays: []jsonStay{}, Left: []jsonLeft{}, Sent: t.rev.Sent}
	for _, d := range t.rev.Of {
		j.Of = append(j.Of, commitAnswer(d))
	}
	if t.then != nil {
		j.Then = &jsonCommit{Commit: t.then.Commit.String(), Time: t.then.Time.Format(time.RFC3339)}
	}
	undone := map[history.Place]bool{}
	if t.report != nil {
		if !t.report.Commit.IsZero() {
			j.Commit = t.report.Commit.String()
		}
		for _, l := range t.left() {
			undone[history.Place{Collection: l.Collection, Name: l.Name}] = true
			j.Left = append(j.Left, jsonLeft{l.Collection, l.Name, l.Why})
		}
	}
	for i, d := range t.told {
		if !undone[history.Place{Collection: d.Collection, Name: d.Name}] {
			j.Changes = append(j.Changes, takenChangeAnswer(d, t.rev.Changes[i].Damage))
		}
	}
	for i, k := range t.rev.Stays {
		j.Stays = append(j.Stays, stayAnswer(k, t.kept[i].Title))
	}
	return j
}

func takenChangeAnswer(d repo.Difference, damage string) jsonTakenChange {
	return jsonTakenChange{string(d.Sign), d.Collection, d.Name, d.Was, damage, d.Title, d.When, d.Details}
}

func stayAnswer(k history.Stay, title string) jsonStay {
	j := jsonStay{Collection: k.Collection, File: k.Name, Title: title, Reason: string(k.Reason), From: k.By.From}
	for _, c := range k.Slots {
		j.Slots = append(j.Slots, c.Slot)
	}
	if !k.By.Commit.IsZero() {
		j.Commit, j.Time = k.By.Commit.String(), k.By.Time.Format(time.RFC3339)
	}
	return j
}
