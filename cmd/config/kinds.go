package config

import (
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// This file has the ways to read a value, one type for each; schema.go says which key is read by which.

// want reports a node of the wrong kind.
func (r *reader) want(k kind, at place, n *node) bool {
	if n.kind == k {
		return true
	}
	if n.kind == isTable && len(n.keys) == 1 && slices.Contains(sources, n.keys[0]) {
		r.fail(n.line, at.full, "%q: a value from { %s = … } is not built yet for this key in this version", at.name, n.keys[0])
		return false
	}
	r.fail(n.line, at.full, "%q: expected %s", at.name, k)
	return false
}

type boolean struct{}

func (boolean) read(r *reader, at place, n *node) (any, bool) {
	if !r.want(isBool, at, n) {
		return nil, false
	}
	return n.text == "true", true
}

// count is a whole number between two bounds.
type count struct{ least, most int }

func (c count) read(r *reader, at place, n *node) (any, bool) {
	if !r.want(isInt, at, n) {
		return nil, false
	}
	i, err := strconv.ParseInt(strings.ReplaceAll(n.text, "_", ""), 0, 64)
	if err != nil || i < int64(c.least) || i > int64(c.most) {
		r.fail(n.line, at.full, "%q: expected a number from %d to %d", at.name, c.least, c.most)
		return nil, false
	}
	return int(i), true
}

// span is a length of time, not under least.
type span struct{ least time.Duration }

func (s span) read(r *reader, at place, n *node) (any, bool) {
	if n.kind == isInt {
		r.fail(n.line, at.full, `%q: %q has no unit (write it like "30s", "5m", "12h" or "7d")`, at.name, n.text)
		return nil, false
	}
	if !r.want(isString, at, n) {
		return nil, false
	}
	d, what := parseSpan(n.text)
	if what == "" && d < s.least {
		what = "must not be zero"
	}
	if what != "" {
		r.fail(n.line, at.full, "%q: %s", at.name, what)
		return nil, false
	}
	return d, true
}

type text struct{}

func (text) read(r *reader, at place, n *node) (any, bool) {
	return n.text, r.want(isString, at, n)
}

// choice is one of some words. Those that are not built are known and refused; built nil: all are.
type choice struct{ all, built []string }

func (c choice) read(r *reader, at place, n *node) (any, bool) {
	if !r.want(isString, at, n) {
		return nil, false
	}
	if !slices.Contains(c.all, n.text) {
		some := slices.DeleteFunc(slices.Clone(c.all), func(s string) bool { return s == "" })
		r.unknown(n.line, at.full, strconv.Quote(at.name)+": %q is not "+oneOf(some), n.text, some)
		return nil, false
	}
	if c.built != nil && !slices.Contains(c.built, n.text) {
		r.fail(n.line, at.full, "%s = %q is not built yet in this version", at.name, n.text)
		return nil, false
	}
	return n.text, true
}

// oneOf lists words for a message.
func oneOf(words []string) string {
	if len(words) == 2 {
		return quoted(words)
	}
	return "one of " + strings.ReplaceAll(quoted(words), " or ", ", ")
}

// words is a list of strings, such as a program and its arguments.
type words struct{}

func (words) read(r *reader, at place, n *node) (any, bool) {
	if n.kind == isString {
		r.fail(n.line, at.full, "%q: expected a list of strings; write [ ] around it", at.name)
		return nil, false
	}
	if n.kind != isArray || n.repeats {
		r.fail(n.line, at.full, "%q: expected a list of strings", at.name)
		return nil, false
	}
	all, ok := make([]string, 0, len(n.items)), true
	for _, item := range n.items {
		if item.kind != isString {
			r.fail(item.line, at.full, "%q: expected a string", at.name)
			ok = false
		}
		all = append(all, item.text)
	}
	return all, ok
}

// runnable is a program with its arguments; an empty list is none.
type runnable struct{}

func (runnable) read(r *reader, at place, n *node) (any, bool) {
	got, ok := words{}.read(r, at, n)
	if ok && len(got.([]string)) > 0 && got.([]string)[0] == "" {
		r.fail(n.line, at.full, "%q: the first word is no program", at.name)
		return nil, false
	}
	return got, ok
}

// globs is a list of file patterns.
type globs struct{}

func (globs) read(r *reader, at place, n *node) (any, bool) {
	got, ok := words{}.read(r, at, n)
	if !ok {
		return nil, false
	}
	for i, glob := range got.([]string) {
		if _, err := path.Match(glob, ""); err != nil || glob == "" || strings.Contains(glob, "/") {
			r.fail(n.items[i].line, at.full, "%q: %q is no pattern for the name of a file", at.name, glob)
			ok = false
		}
	}
	return got, ok
}

// subset is a list of some of the words that there are, each once.
type subset struct{ all []string }

func (c subset) read(r *reader, at place, n *node) (any, bool) {
	got, ok := words{}.read(r, at, n)
	if !ok {
		return nil, false
	}
	list := got.([]string)
	for i, word := range list {
		switch {
		case !slices.Contains(c.all, word):
			r.unknown(n.items[i].line, at.full, strconv.Quote(at.name)+": %q is not "+oneOf(c.all), word, c.all)
			ok = false
		case slices.Contains(list[:i], word):
			r.fail(n.items[i].line, at.full, "%q: %q stands there twice", at.name, word)
			ok = false
		}
	}
	return list, ok
}

// extension is how item files end.
type extension struct{}

func (extension) read(r *reader, at place, n *node) (any, bool) {
	if !r.want(isString, at, n) {
		return nil, false
	}
	if len(n.text) < 2 || n.text[0] != '.' || strings.ContainsAny(n.text, "/\\\x00*?[") {
		r.fail(n.line, at.full, `%q: expected a dot and more, like ".ics"`, at.name)
		return nil, false
	}
	return n.text, true
}

// directory is a path, made absolute.
type directory struct{}

func (directory) read(r *reader, at place, n *node) (any, bool) {
	if !r.want(isString, at, n) {
		return nil, false
	}
	path, what := r.path(n.text)
	if what != "" {
		r.fail(n.line, at.full, "%q: %s", at.name, what)
		return nil, false
	}
	return path, true
}

// proxy is "", "none", a URL or a source of one. It may hold a password.
type proxy struct{}

func (proxy) read(r *reader, at place, n *node) (any, bool) {
	got, ok := private.read(r, at, n)
	if !ok {
		return nil, false
	}
	if what := checkProxy(got.(Value)); what != "" {
		r.fail(n.line, at.full, "%q: %s", at.name, what)
		return nil, false
	}
	if s, ok := got.(Value).plain(); ok {
		u, err := url.Parse(s)
		mere := s == "none" || err == nil && strings.TrimSuffix(s, "/") == u.Scheme+"://"+u.Host
		got.(Value).at.secret = !mere
	}
	return got, true
}

// checkProxy tells what is wrong with a proxy that stands in the file.
func checkProxy(v Value) string {
	s, ok := v.plain()
	if !ok || s == "none" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || !slices.Contains([]string{"http", "https", "socks5"}, u.Scheme) {
		return `expected "", "none" or an address like "http://proxy.example.org:3128"`
	}
	return ""
}

// agent is a User-Agent. The words of the manual stand for the default.
type agent struct{}

func (agent) read(r *reader, at place, n *node) (any, bool) {
	got, ok := public.read(r, at, n)
	if !ok {
		return nil, false
	}
	s, _ := got.(Value).plain()
	if s == "vgit/VERSION" {
		return Value{}, true
	}
	if strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		r.fail(n.line, at.full, "%q: holds a control character", at.name)
		return nil, false
	}
	return got, true
}

// anything is not looked at: the keys of later versions that have no default.
type anything struct{}

func (anything) read(*reader, place, *node) (any, bool) { return true, true }
