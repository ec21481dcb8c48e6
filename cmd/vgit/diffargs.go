package main

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"vgit/history"
)

// compared parts the arguments of diff: moments first, then what is to be looked at. "--" stands between the two. Without it, what
// has the form of a moment is one, and what is the name of something in a vdir at the same time is an error that says how to be clear.
func (s *session) compared(ctx context.Context, args []string) (q comparison, err error) {
	said, rest, parted := args, []string(nil), false
	if i := slices.Index(args, "--"); i >= 0 {
		said, rest, parted = args[:i], args[i+1:], true
	}
	for i, arg := range said {
		w, err := s.moment(arg)
		if err != nil && parted {
			return q, err
		}
		if err == nil && !parted {
			var isPlace bool
			if isPlace, err = s.unclear(ctx, w); err != nil {
				return q, err
			}
			if isPlace {
				rest = said[i:]
				break
			}
		}
		if err != nil {
			rest = said[i:]
			break
		}
		q.moments = append(q.moments, w)
	}
	if len(q.moments) > 2 {
		return q, &usageError{what: "diff takes two moments at most, and " + quote(q.moments[2].Text) + " is the third", hint: "a moment of several words is in quotation marks, as \"tuesday 18:00\"; -- stands before files and collections"}
	}
	if err := together(q.moments); err != nil {
		return q, err
	}
	if q.targets, err = s.targets(ctx, rest); err != nil {
		return q, s.noMomentEither(err, rest, parted)
	}
	return q, nil
}

// unclear tells whether a moment is rather a place: a vdir, or something in one. If it may well be both, that is an error.
func (s *session) unclear(ctx context.Context, w history.When) (isPlace bool, err error) {
	called := s.somethingIsCalled(w.Text)
	if !called && !hexWord.MatchString(w.Rev) {
		return false, nil
	}
	if w.Rev != "" && !s.someCommitIs(w) {
		return called || s.findsItems(ctx, w.Text), nil
	}
	if !called {
		return false, nil
	}
	return false, &usageError{what: quote(w.Text) + " is a moment, and something in a vdir is called so, too",
		hint: "write vgit diff " + w.Text + " -- for the moment, and vgit diff -- " + w.Text + " for what is in the vdir"}
}

// hexWord is a word that may be the first letters of a commit: cafe, dead, or the number of a room.
var hexWord = regexp.MustCompile(`^[0-9a-fA-F]{4,40}$`)

// findsItems tells whether a word finds anything, now or in the past.
func (s *session) findsItems(ctx context.Context, word string) bool {
	_, err := s.targets(ctx, []string{word})
	return err == nil
}

// somethingIsCalled tells whether a vdir, a directory or a file of one has exactly this name now.
func (s *session) somethingIsCalled(name string) bool {
	for i := range s.cfg.VDirs {
		v := &s.cfg.VDirs[i]
		rest, inside := strings.CutPrefix(name, v.Name)
		if inside && rest == "" {
			return true
		}
		if rest, inside = strings.CutPrefix(rest, "/"); !inside {
			rest = name
		}
		dirs := localDirs(v.Path)
		if !v.Single && slices.Contains(dirs, strings.TrimSuffix(rest, "/")) || (target{vdir: v, item: rest}).present() && !strings.HasPrefix(rest, ".") {
			return true
		}
		for _, dir := range dirs {
			if (target{vdir: v, item: dir + "/" + rest}).present() {
				return true
			}
		}
	}
	return false
}

// someCommitIs tells whether the history of any vdir has such a commit. What cannot be read may have.
func (s *session) someCommitIs(w history.When) bool {
	for i := range s.cfg.VDirs {
		v := &s.cfg.VDirs[i]
		book, err := history.Open(history.Options{Path: v.Path, Layout: s.options(v).Layout, Disk: s.Disk})
		if err != nil {
			continue
		}
		_, err = stateAt(book, w)
		_ = book.Close() // it was read only
		if _, none := err.(*usageError); !none {
			return true
		}
	}
	return false
}

// together refuses a day and a time of day side by side: nobody means two moments by them, or says so.
func together(moments []history.When) error {
	if len(moments) == 2 && moments[0].Day && clockForm.MatchString(moments[1].Text) {
		a, b := moments[0].Text, moments[1].Text
		return &usageError{what: quote(a) + " and " + quote(b) + " would be two moments", hint: `for one, write "` + a + " " + b + `" in quotation marks; for two, "today ` + b + `"`}
	}
	return nil
}

// noMomentEither adds to the error for an argument that means nothing what a moment would look like, or where it would stand.
func (s *session) noMomentEither(err error, rest []string, parted bool) error {
	wrong, ok := err.(*usageError)
	if !ok || parted || len(rest) == 0 {
		return err
	}
	for n := len(rest); n > 1; n-- {
		if text := strings.Join(rest[:n], " "); s.isTime(text) {
			return &usageError{what: wrong.what, hint: `a moment of several words is in quotation marks: "` + text + `"`}
		}
	}
	for _, arg := range rest[1:] {
		if _, err := s.moment(arg); err == nil {
			return &usageError{what: wrong.what, hint: "moments come first: vgit diff " + arg + " " + rest[0]}
		}
	}
	if strings.ContainsAny(rest[0], "./") {
		return err
	}
	return &usageError{what: wrong.what, hint: momentForms}
}

func (s *session) isTime(text string) bool {
	w, err := s.moment(text)
	return err == nil && w.Rev == ""
}
