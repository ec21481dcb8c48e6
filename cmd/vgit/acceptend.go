package main

import (
	"errors"
	"fmt"

	"vgit/repo"
)

// jsonJudgement is the answer of `vgit accept --json` and `vgit refuse --json`: what became of each hold, and of the syncs that carried
// the answers out.
type jsonJudgement struct {
	jsonHead
	Holds []jsonJudged `json:"holds"`
	VDirs []jsonVDir   `json:"vdirs"`
}

// jsonJudged is one hold that was answered.
type jsonJudged struct {
	ID         string `json:"id"`
	VDir       string `json:"vdir"`
	Remote     string `json:"remote"`
	Collection string `json:"collection,omitempty"`
	Guard      string `json:"guard"`
	Answer     string `json:"answer"`            // "accept" or "refuse"
	Outcome    string `json:"outcome,omitempty"` // "done", "kept", "void", "already", "shown"
	Now        string `json:"now,omitempty"`     // the ID of what is held in its place
	Error      string `json:"error,omitempty"`
}

// judgedAll ends the command: what became of each answer, and the exit code.
func (s *session) judgedAll(all []*judged, results []*result) error {
	var failed error
	void := false
	answers := []jsonJudged{}
	for _, j := range all {
		failed = errors.Join(failed, j.err)
		void = void || j.outcome == judgedVoid
		answers = append(answers, s.judgedAnswer(j))
		if !s.json {
			s.showJudged(j)
		}
	}
	var t tally
	for _, r := range results {
		r.count(&t)
	}
	code := exitSync
	if len(results) > 0 {
		code = t.code()
	}
	switch {
	case failed != nil && errorCode(failed) == exitTemporary && (code == exitSync || code == exitHeld || code == exitWaits):
		code = exitTemporary
	case failed != nil && code != exitNothing:
		code = exitSome
	case void && (code == exitSync || code == exitWaits):
		code = exitHeld
	}
	if s.json {
		return s.answer(jsonJudgement{head(code), answers, syncAnswer(results, code).VDirs}, code)
	}
	return ended(code)
}

func (s *session) judgedAnswer(j *judged) jsonJudged {
	a := jsonJudged{ID: j.id, VDir: j.vdir.Name, Remote: j.remote, Collection: j.hold.Collection, Guard: string(j.hold.Class), Answer: "accept", Outcome: j.outcome}
	if j.refuse {
		a.Answer = "refuse"
	}
	if j.outcome == judgedVoid {
		a.Now = j.hold.ID
	}
	if j.err != nil {
		a.Error = j.err.Error()
	}
	return a
}

// showJudged says what became of an answer, where the lines of the sync do not say it.
func (s *session) showJudged(j *judged) {
	word := map[bool]string{false: "accepted", true: "refused"}[j.refuse]
	where := s.where(j.vdir, j.remote, j.hold.Collection)
	switch {
	case j.err != nil:
		s.say(where, j.id+": "+j.err.Error())
	case j.outcome == judgedVoid:
		s.say(where, fmt.Sprintf("%s: not %s, as what it is about has changed; held now is %s: %s", j.id, word, j.hold.ID, heldWhat(&j.hold)))
		s.hint("look at it with vgit held, then answer by the new ID")
	case j.outcome == judgedOld:
		fmt.Fprintf(s.Stdout, "%s: done already\n", j.id)
	case j.outcome == judgedKept:
		s.say(where, fmt.Sprintf("%s: %s; the next sync carries out what is left of it", j.id, word))
	case j.outcome == judgedDone:
		fmt.Fprintf(s.Stdout, "%s: %s: %s\n", j.id, word, clean(repo.Plain(heldWhat(&j.hold))))
	}
}
