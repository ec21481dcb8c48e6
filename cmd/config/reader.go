package config

import (
	"fmt"
	"reflect"
	"slices"
)

// reader collects what a file says, and what is wrong with it.
type reader struct {
	file     string
	dir      string // the file's directory: relative paths begin there
	env      func(string) string
	problems Problems
	warnings []warning
}

type warning struct {
	line int
	text string
}

func (r *reader) fail(line int, key, format string, args ...any) {
	r.problems = append(r.problems, Problem{File: r.file, Line: line, Key: key, What: fmt.Sprintf(format, args...)})
}

// unknown reports a word that is not among those known, with the nearest of them. format has one %q for the word.
func (r *reader) unknown(line int, key, format, word string, known []string) {
	r.problems = append(r.problems, Problem{File: r.file, Line: line, Key: key, What: fmt.Sprintf(format, word), Suggestion: nearest(word, known)})
}

// tableOf is the table that a key has its place in, "" for none.
func tableOf(word string) string {
	for _, t := range []struct {
		keys []key
		name string
	}{{remoteKeys, "[remote.NAME]"}, {vdirKeys, "[vdir.NAME]"}, {syncKeys, "[sync]"}, {networkKeys, "[network]"}, {watchKeys, "[watch]"}} {
		if lookup(t.keys, word) != nil {
			return t.name
		}
	}
	return ""
}

func (r *reader) warn(line int, format string, args ...any) {
	r.warnings = append(r.warnings, warning{line, fmt.Sprintf(format, args...)})
}

// setting is a value that is in force and where it came from.
type setting struct {
	value any
	key   *key
	full  string // "remote.nextcloud.url", as written
	line  int    // 0: the default
	like  string // the remote that it was taken from; "" for the table's own
}

// settings are those of one table, by key.
type settings map[string]setting

// table is one table of the file with its settings.
type table struct {
	name string // "sync", "remote.nextcloud"
	keys []key
	line int
	settings
}

// get returns the value of a key, the zero value if it is not set.
func get[T any](s settings, name string) T {
	v, _ := s[name].value.(T)
	return v
}

// table reads n by the rows of keys. Keys of later versions are read too; refuseLater sorts them out.
func (r *reader) table(name string, keys []key, n *node) table {
	t := table{name, keys, n.line, settings{}}
	for _, word := range n.keys {
		at := place{name + "." + word, word}
		k := lookup(keys, word)
		if k == nil {
			if table := tableOf(word); table != "" {
				r.fail(n.fields[word].line, at.full, "%q belongs below a line like %s", word, table)
				continue
			}
			r.unknown(n.fields[word].line, at.full, "unknown key %q", word, names(keys))
			continue
		}
		before := len(r.problems)
		if v, ok := k.reads.read(r, at, n.fields[word]); ok {
			t.settings[word] = setting{value: v, key: k, full: at.full, line: n.fields[word].line}
			continue
		}
		t.settings[word] = setting{key: k, full: at.full, line: n.fields[word].line} // set, but not known: no message of a missing key
		if k.meant != "" && n.fields[word].kind == isString && before < len(r.problems) {
			r.problems[before].Suggestion = k.meant
		}
	}
	return t
}

// refuseLater reports each setting that this version does not honour: the keys marked so whose value is not the default.
func (r *reader) refuseLater(t table) {
	for _, k := range t.keys {
		s, set := t.settings[k.name]
		if set && s.value != nil && k.later && !reflect.DeepEqual(s.value, k.def) {
			r.fail(s.line, s.full, "%q is not built yet in this version", k.name)
		}
	}
}

// fill sets what is missing to its default.
func (t table) fill() {
	for i, k := range t.keys {
		if _, set := t.settings[k.name]; !set && k.def != nil {
			t.settings[k.name] = setting{value: k.def, key: &t.keys[i], full: t.name + "." + k.name}
		}
	}
}

// take sets what is missing to what other has, for the keys that wanted says yes to.
func (t table) take(other table, like string, wanted func(*key) bool) {
	for name, s := range other.settings {
		if _, set := t.settings[name]; set || !wanted(s.key) {
			continue
		}
		if s.like == "" {
			s.like = like
		}
		t.settings[name] = s
	}
}

// single reads a table that is there once, such as [sync].
func (r *reader) single(root *node, name string, keys []key) table {
	n := root.fields[name]
	if n == nil || !r.want(isTable, place{name, name}, n) {
		n = newTable(0)
	}
	t := r.table(name, keys, n)
	r.refuseLater(t)
	t.fill()
	return t
}

// many reads the tables below [vdir] or [remote], in the order of the file.
func (r *reader) many(root *node, name string, keys []key) []table {
	n := root.fields[name]
	if n == nil || !r.want(isTable, place{name, name}, n) {
		return nil
	}
	var all []table
	for _, word := range n.keys {
		full := name + "." + word
		child := n.fields[word]
		if what := checkName(word); what != "" {
			r.fail(child.line, full, "%s", what)
		}
		if name == "remote" && word == "here" {
			r.fail(child.line, full, `"here" is no name for a remote: vgit log says it of what was edited in the vdir`)
		}
		if child.kind != isTable {
			r.fail(child.line, full, "%q: expected a table, [%s.NAME]", word, name)
			continue
		}
		all = append(all, r.table(full, keys, child))
	}
	return all
}

// checkName tells what is wrong with the name of a vdir or a remote (A2, S7): it is used in refs, in paths and on the command line.
func checkName(name string) string {
	const allowed = "a name begins with a small letter or digit and has small letters, digits, - and _ only, 40 at most"
	ok := name != "" && len(name) <= 40 && name[0] != '-' && name[0] != '_'
	for _, c := range []byte(name) {
		ok = ok && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_')
	}
	if ok {
		return ""
	}
	return fmt.Sprintf("%q is no valid name: %s", name, allowed)
}

// topLevel reports what stands beside the known tables.
func (r *reader) topLevel(root *node) {
	for _, word := range root.keys {
		if slices.Contains(topKeys, word) {
			continue
		}
		n := root.fields[word]
		if n.kind == isTable || n.repeats {
			r.unknown(n.line, word, "unknown table %q", word, topKeys)
			continue
		}
		if table := tableOf(word); table != "" {
			r.fail(n.line, word, "%q belongs below a line like %s", word, table)
			continue
		}
		r.fail(n.line, word, "unknown key %q", word)
	}
}
