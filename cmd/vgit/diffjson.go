package main

import (
	"time"

	"vgit/merge"
)

// jsonDiff is the answer of `vgit diff --json`.
type jsonDiff struct {
	jsonHead
	VDirs []jsonVDirDiff `json:"vdirs"`
}

// jsonVDirDiff is what differs in one vdir.
type jsonVDirDiff struct {
	Name    string           `json:"name"`
	Error   string           `json:"error,omitempty"`
	From    *jsonCommit      `json:"from,omitempty"` // missing: what both sides agreed on
	To      *jsonCommit      `json:"to,omitempty"`   // missing: the vdir as it is
	Changes []jsonDifference `json:"changes"`

	Problems []jsonProblem `json:"problems"`
}

// jsonDifference is one item or property.
type jsonDifference struct {
	Sign       string   `json:"sign"` // "+", "~", "-", "!", "="
	Collection string   `json:"collection"`
	File       string   `json:"file,omitempty"`
	Was        string   `json:"was,omitempty"` // the path before, of what was moved
	UID        string   `json:"uid,omitempty"`
	Title      string   `json:"title,omitempty"`
	When       string   `json:"when,omitempty"`
	Remotes    []string `json:"remotes,omitempty"` // that it is to be brought to, or comes from
	To         string   `json:"to,omitempty"`      // "here" or "there"
	State      string   `json:"state,omitempty"`   // as of a step
	Why        string   `json:"why,omitempty"`
	Hold       string   `json:"hold,omitempty"` // the ID of the hold

	Diff      []merge.Detail `json:"diff,omitempty"`
	Conflicts []jsonConflict `json:"conflicts,omitempty"`
	Patch     string         `json:"patch,omitempty"` // with --patch
}

func diffAnswer(all []*vdirDiff, h jsonHead) jsonDiff {
	a := jsonDiff{h, []jsonVDirDiff{}}
	for _, d := range all {
		v := jsonVDirDiff{Name: d.vdir.Name, Changes: []jsonDifference{}, Problems: append([]jsonProblem{}, d.told...)}
		if d.err != nil {
			v.Error = d.err.Error()
		}
		for i, m := range d.moments {
			moment := &jsonCommit{Commit: m.Commit.String(), Time: m.Time.Format(time.RFC3339)}
			if i == 0 {
				v.From = moment
			} else {
				v.To = moment
			}
		}
		for _, c := range d.changes {
			v.Changes = append(v.Changes, differenceAnswer(c))
		}
		a.VDirs = append(a.VDirs, v)
	}
	return a
}

func differenceAnswer(c change) jsonDifference {
	j := jsonDifference{Sign: string(c.Sign), Collection: c.Collection, File: c.Name, Was: c.Was, UID: c.uid, Title: c.Title, When: c.When, Remotes: c.remotes,
		To: string(c.to), State: string(c.state), Diff: c.Details, Patch: c.patch}
	if c.step != nil {
		j.Why, j.Hold = c.step.Why, c.step.HoldID
		for _, conflict := range c.step.Conflicts {
			j.Conflicts = append(j.Conflicts, conflictAnswer(conflict))
		}
	}
	return j
}
