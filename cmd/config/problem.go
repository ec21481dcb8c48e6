package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Problem is one mistake in a configuration. Its text quotes keys and harmless values, never a secret.
type Problem struct {
	File       string // path of the configuration
	Line       int    // 0: of the whole file
	Key        string // "remote.nextcloud.url"; "" when no key is to blame
	What       string // what is wrong and what to do, without the suggestion
	Suggestion string // the word that was probably meant; "" if none is near
	Err        error  // the cause, where there is one: fs.ErrNotExist for a missing file
}

// Error is one line: file, line, what is wrong and what was probably meant.
func (p Problem) Error() string {
	var b strings.Builder
	if p.Line > 0 {
		fmt.Fprintf(&b, "%s:%d: %s", filepath.Base(p.File), p.Line, p.What)
	} else {
		fmt.Fprintf(&b, "%s: %s", p.File, p.What)
	}
	if p.Suggestion != "" {
		fmt.Fprintf(&b, " (did you mean %q?)", p.Suggestion)
	}
	return b.String()
}

// Unwrap returns the cause.
func (p Problem) Unwrap() error { return p.Err }

// Problems are all mistakes of one file, by line. It is the error of Load.
type Problems []Problem

// Error has one line for each problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.Is and errors.As look at each problem.
func (p Problems) Unwrap() []error {
	errs := make([]error, len(p))
	for i := range p {
		errs[i] = p[i]
	}
	return errs
}

// AsProblems returns the problems in err, nil if it has none.
func AsProblems(err error) Problems {
	var p Problems
	errors.As(err, &p)
	return p
}

// aliases are words that no edit distance finds: those of vdirsyncer and of older instructions.
var aliases = map[string]string{
	"verify":              "tls_verify",
	"verify_fingerprint":  "tls_fingerprint",
	"fingerprint":         "tls_fingerprint",
	"auth_cert":           "tls_client_cert",
	"useragent":           "user_agent",
	"item_types":          "components",
	"start_date":          "since",
	"end_date":            "until",
	"use_vcard_4":         "vcard",
	"fileext":             "extension",
	"fileignoreext":       "ignore",
	"conflict_resolution": "conflict",
	"partial_sync":        "one_way_edits",
	"read_only":           "direction",
	"no_delete":           "push_deletions",
	"post_hook":           "after_write",
	"pre_deletion_hook":   "before_delete",
	"implicit":            "create",
	"filter_hook":         "filter",
	"user":                "username",
	"pair":                "vdir",
	"storage":             "remote",
	"general":             "sync",
	"guess":               "auto",
}

// nearest returns the known word that was probably meant by word, "" if none is near enough to be worth saying.
func nearest(word string, known []string) string {
	if meant := aliases[strings.ToLower(word)]; slices.Contains(known, meant) {
		return meant
	}
	best, least := "", max(1, len(word)/3)+1
	for _, k := range known {
		if d := distance(strings.ToLower(word), k); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance counts the letters to insert, delete, replace or swap with their neighbour to turn a into b.
func distance(a, b string) int {
	if len(a) > 64 {
		return len(a)
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// quoted lists words for a message: "a", "b" or "c".
func quoted(words []string) string {
	var b strings.Builder
	for i, w := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			b.WriteString(" or ")
		default:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", w)
	}
	return b.String()
}
