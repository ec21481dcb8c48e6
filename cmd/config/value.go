package config

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Source is where a value comes from.
type Source string

// The sources of a value.
const (
	Plain   Source = ""        // written in the file
	Command Source = "command" // first line that a program prints
	Shell   Source = "shell"   // first line that a shell line prints
	Prompt  Source = "prompt"  // a person types it
	Env     Source = "env"     // a variable of the environment
	File    Source = "file"    // first line of a file
	Keyring Source = "keyring" // the system's keyring
)

// sources are the keys that a value may have in place of a string.
var sources = []string{string(Command), string(Shell), string(Prompt), string(Env), string(File), string(Keyring)}

// Value is a string of the configuration that may have to be fetched: by a program, from a file, from a person. The zero Value is "not
// set". It prints as *** when it is a secret written in the file, as its text when it is any other string in the file, and as the name of its
// source otherwise.
type Value struct {
	at *origin
}

// origin is kept behind a pointer, so that a printer that ignores methods shows an address. Values inherited through `like` share it.
type origin struct {
	key    string // "remote.nextcloud.password", for messages
	source Source
	secret bool
	text   Secret   // Plain: the value; else the one word that the source has
	words  []string // Command: program and arguments as written
}

// IsZero tells whether the value is not set.
func (v Value) IsZero() bool { return v.at == nil }

// Source tells where the value comes from.
func (v Value) Source() Source {
	if v.at == nil {
		return Plain
	}
	return v.at.source
}

// Key is the key under which the value was written first, such as "remote.nextcloud.password"; the key of the other remote if it came by `like`.
func (v Value) Key() string {
	if v.at == nil {
		return ""
	}
	return v.at.key
}

// plain returns the text of a value that stands in the file.
func (v Value) plain() (string, bool) {
	if v.at == nil || v.at.source != Plain {
		return "", false
	}
	return v.at.text.Reveal(), true
}

// String shows a value that is no secret, *** or the source.
func (v Value) String() string {
	switch {
	case v.at == nil:
		return ""
	case v.at.source != Plain:
		return "from " + string(v.at.source)
	case v.at.secret:
		return hidden
	}
	text := v.at.text.Reveal()
	if a, _, what := parseAddress(text); what == "" && a.URL != nil {
		return a.String() // without a code in the query
	}
	return text
}

// GoString is String.
func (v Value) GoString() string { return v.String() }

// Format writes String for every verb.
func (v Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.String()) }

// MarshalText is String.
func (v Value) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// LogValue is String.
func (v Value) LogValue() slog.Value { return slog.StringValue(v.String()) }

// sourceReader reads a string or the table of a source.
type sourceReader struct{ secret bool }

func (s sourceReader) read(r *reader, at place, n *node) (any, bool) {
	if n.kind == isString {
		if n.text == "" {
			return Value{}, true
		}
		return Value{&origin{key: at.full, secret: s.secret, text: NewSecret(n.text)}}, true
	}
	if n.kind != isTable {
		r.fail(n.line, at.full, "%q: expected a string or one of { %s = … }", at.name, strings.Join(sources, " = … }, { "))
		return nil, false
	}
	if len(n.keys) != 1 {
		r.fail(n.line, at.full, "%q: expected exactly one of %s", at.name, quoted(sources))
		return nil, false
	}
	return s.readTable(r, at, n.keys[0], n.fields[n.keys[0]])
}

// readTable reads { source = n }.
func (s sourceReader) readTable(r *reader, at place, source string, n *node) (any, bool) {
	o := &origin{key: at.full, secret: s.secret, source: Source(source)}
	if Source(source) == Command {
		got, ok := words{}.read(r, place{at.full, at.name}, n)
		if !ok {
			return nil, false
		}
		o.words = got.([]string)
		if what := checkProgram(o.words); what != "" {
			r.fail(n.line, at.full, "%q: %s", at.name, what)
			return nil, false
		}
		return Value{o}, true
	}
	check, known := sourceChecks[Source(source)]
	switch {
	case !known:
		r.unknown(n.line, at.full, "unknown source %q", source, sources)
	case n.kind != isString || n.text == "":
		r.fail(n.line, at.full, "%q: { %s = … } expects a string that is not empty", at.name, source)
	default:
		text, what := check(r, n.text)
		if what == "" {
			o.text = NewSecret(text)
			return Value{o}, true
		}
		r.fail(n.line, at.full, "%q: { %s = … }: %s", at.name, source, what)
	}
	return nil, false
}

// sourceChecks look at the one word of each source and return it as it is used, or what is wrong with it.
var sourceChecks = map[Source]func(r *reader, text string) (used, what string){
	Shell:   func(_ *reader, text string) (string, string) { return text, "" },
	Prompt:  func(_ *reader, text string) (string, string) { return text, "" },
	Keyring: func(_ *reader, text string) (string, string) { return text, "" },
	File:    func(r *reader, text string) (string, string) { return r.path(text) },
	Env: func(_ *reader, text string) (string, string) {
		if !isVariable(text) {
			return "", "expected the name of a variable, without $"
		}
		return text, ""
	},
}

// checkProgram tells what is wrong with a command: it is an absolute path, one below the home directory, or a name to be found in $PATH.
func checkProgram(command []string) string {
	if len(command) == 0 || command[0] == "" {
		return "{ command = [] } names no program"
	}
	for _, word := range command {
		if strings.ContainsRune(word, 0) {
			return "a word of the command holds a NUL"
		}
	}
	program := command[0]
	if strings.Contains(program, "/") && program[0] != '/' && !strings.HasPrefix(program, "~/") {
		return "the program must be an absolute path, begin with ~/, or be a plain name"
	}
	if strings.Contains(program, " ") && len(command) == 1 {
		return `the program holds a blank; write one word for each argument: { command = ["pass", "name"] }`
	}
	return ""
}
