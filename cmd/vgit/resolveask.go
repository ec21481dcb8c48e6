package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"vgit/merge"
	"vgit/repo"
	"vgit/repo/item"
)

// This file has the talk with a person about an item that waits.

// askItem asks about one slot after the other until none is left or the person has had enough. Each answer is kept at once; then the
// item is read again, since answers may settle more than their slot, and a sync may have been at work meanwhile.
func (s *session) askItem(ctx context.Context, w *waiter, n, of int) (quit bool, err error) {
	s.showWaiter(w, n, of)
	seen := map[string]bool{} // slots that are left as they are
	for {
		i := slices.IndexFunc(w.Step.Conflicts, func(c merge.Conflict) bool { return !seen[c.Slot] })
		if i < 0 {
			return false, nil
		}
		c := w.Step.Conflicts[i]
		s.showConflict(c)
		word := s.said.elsewhere(w, c)
		if word != "" {
			fmt.Fprintln(s.Stderr, "  "+word+", as with the other remote")
		} else if word, err = s.askWord(ctx, "  ", slotWords, s.offered(w, c)); err != nil {
			return true, err
		}
		switch word {
		case "quit":
			return true, nil
		case "skip":
			seen[c.Slot] = true
			continue
		}
		done, err := s.take(ctx, w, c.Slot, word)
		switch {
		case errors.Is(err, repo.ErrMoved):
			fmt.Fprintln(s.Stderr, "  this item has changed meanwhile; here it is again:")
			clear(seen)
		case err != nil:
			fmt.Fprintln(s.Stderr, "  not taken: "+clean(err.Error()))
			continue
		case done:
			w.resolved = wholeWays[word]
			return false, nil
		default:
			s.said = append(s.said, saying{w, w.Step.Remote, c, word})
		}
		if err := s.again(ctx, w); err != nil {
			return true, err
		}
		if len(w.Step.Conflicts) == 0 {
			w.resolved = "asked"
			return false, nil
		}
		if stands(w, c) {
			fmt.Fprintln(s.Stderr, "  that does not settle it; take one side, or edit the item")
		}
	}
}

// saying is an answer about one slot of an item.
type saying struct {
	of       *waiter
	remote   string
	conflict merge.Conflict
	word     string
}

type sayings []saying

// elsewhere is the answer that was given about the very same between the vdir and another remote, once: a person is not asked twice.
func (all sayings) elsewhere(w *waiter, c merge.Conflict) string {
	word := ""
	for _, a := range all {
		if a.of.vdir != w.vdir || a.of.Step.Collection != w.Step.Collection || a.of.Step.Name != w.Step.Name ||
			a.conflict.Slot != c.Slot || a.conflict.Local != c.Local || a.conflict.Remote != c.Remote {
			continue
		}
		if a.remote == w.Step.Remote {
			return "" // it did not settle it
		}
		word = a.word
	}
	return word
}

// stands tells whether an item still waits for the very same.
func stands(w *waiter, c merge.Conflict) bool {
	return slices.ContainsFunc(w.Step.Conflicts, func(o merge.Conflict) bool { return o.Slot == c.Slot && o.Local == c.Local && o.Remote == c.Remote })
}

// wholeWays are the answers about a whole item, as options.
var wholeWays = map[string]string{"edit": "edit", "program": "command"}

// take takes an answer down. One about the whole item has settled it.
func (s *session) take(ctx context.Context, w *waiter, slot, word string) (done bool, err error) {
	a := repo.Resolution{Choices: map[string]merge.Choice{}}
	switch word {
	case "here":
		a.Choices[slot] = merge.TakeLocal
	case "there":
		a.Choices[slot] = merge.TakeRemote
	case "both":
		a.Choices[slot] = merge.TakeBoth
	case "edit", "program":
		if a, err = s.resolution(ctx, w, wholeWays[word]); err != nil {
			return false, err
		}
	}
	return a.Body != nil, s.record(ctx, w, a)
}

// again reads an item anew. One that waits no more has no conflicts then.
func (s *session) again(ctx context.Context, w *waiter) error {
	return s.inRoom(w.vdir, func(r room) error {
		list, err := r.Waiting(ctx, w.request)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(o *repo.Waiting) bool {
			return o.Step.Remote == w.Step.Remote && o.Step.Collection == w.Step.Collection && o.Step.Name == w.Step.Name
		})
		if i < 0 {
			settled := *w.Waiting.Step
			settled.Conflicts = nil
			w.Waiting = &repo.Waiting{Step: &settled}
			return nil
		}
		w.Waiting = list[i]
		return nil
	})
}

// slotWords are what may be answered, by first letters too.
var slotWords = []answerWord{
	{"here", "local mine ours", "take what this side has"},
	{"there", "remote theirs", "take what the other side has"},
	{"both", "", "keep both; of texts one after the other"},
	{"edit", "", "edit the whole item with $VISUAL or $EDITOR"},
	{"program", "command", "run the conflict_command of the configuration on the whole item"},
	{"skip", "next", "leave it waiting, go on with the next one"},
	{"quit", "exit", "leave it and all others waiting; what was answered is kept"},
}

// offered are the answers that make sense for a conflict.
func (s *session) offered(w *waiter, c merge.Conflict) (words []string) {
	for _, o := range slotWords {
		switch {
		case w.Step.Kind == repo.Property && (o.word == "both" || o.word == "edit" || o.word == "program"):
		case o.word == "both" && !joins(c):
		case o.word == "program" && len(s.cfg.Settling(w.vdir, w.Step.Remote).Program.Words) == 0:
		default:
			words = append(words, o.word)
		}
	}
	return words
}

// joins tells whether both sides of a slot can be kept: of a text one after the other, and of a series a new time with a new rule.
func joins(c merge.Conflict) bool {
	name := c.Slot[strings.LastIndex(c.Slot, " ")+1:]
	return c.Local != "" && c.Remote != "" && (slices.Contains([]string{"description", "note", "comment", "series"}, name))
}

func (s *session) showWaiter(w *waiter, n, of int) {
	count := ""
	if of > 1 {
		count = fmt.Sprintf(" (%d of %d)", n, of)
	}
	when := ""
	if at := item.Parse(w.Clean).When(); at != "" {
		when = ", " + repo.Plain(at)
	}
	what, _, _ := strings.Cut(w.Step.Why, ": ")
	fmt.Fprintf(s.Stderr, "%s%s: %s%s\n", w.name(), when, clean(what), count)
}

func (s *session) showConflict(c merge.Conflict) {
	fmt.Fprintf(s.Stderr, "\n  %s%s\n", s.bold(repo.Plain(c.Slot)), repo.Plain(why(c)))
	s.tellSides("    ", c, "here", "there")
	if c.Suggestion != "" {
		fmt.Fprintf(s.Stderr, "    %s\n", repo.Plain(c.Suggestion))
	}
}
