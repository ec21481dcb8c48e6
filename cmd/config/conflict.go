package config

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// Conflict says who settles what both sides changed differently.
type Conflict string

// The ways to settle a conflict.
const (
	ConflictAsk     Conflict = "ask"     // it waits for a person
	ConflictLocal   Conflict = "local"   // ours is taken
	ConflictRemote  Conflict = "remote"  // theirs is taken
	ConflictNewer   Conflict = "newer"   // the one that was written later, if that can be told
	ConflictCommand Conflict = "command" // a program is asked
	ConflictBoth    Conflict = "both"    // both are kept, ours as a new item
)

var conflictWords = []string{string(ConflictAsk), string(ConflictLocal), string(ConflictRemote), string(ConflictNewer), string(ConflictCommand), string(ConflictBoth)}

// Settling is how the conflicts between a vdir and one of its remotes are settled.
type Settling struct {
	Conflict Conflict
	Program  Program
}

// Program is the one that settles conflicts.
type Program struct {
	Words    []string      // it and its arguments as written; never empty with ConflictCommand. Files has what stands for the files
	Terminal bool          // it is not started without a terminal
	Timeout  time.Duration // without a terminal; never 0
}

// The words in braces that stand for the files of a conflict.
const (
	BaseFile   = "{base}"   // what both sides last agreed on
	LocalFile  = "{local}"  // ours, with all of theirs that merges
	RemoteFile = "{remote}" // theirs, with all of ours that merges
	OutputFile = "{output}" // where the result goes
)

var programFiles = []string{BaseFile, LocalFile, RemoteFile, OutputFile}

// Names tells whether one of the words has a file in it.
func (p Program) Names(file string) bool {
	return slices.ContainsFunc(p.Words, func(w string) bool { return strings.Contains(w, file) })
}

// Settling is how conflicts between a vdir and its remote of that name are settled: the remote's own way, else that of the vdir.
func (c *Config) Settling(v *VDir, remote string) Settling {
	s := v.Settling
	r := c.Remotes[remote]
	if r == nil || r.conflict.word == "" {
		return s
	}
	s.Conflict = Conflict(r.conflict.word)
	if r.conflict.program != nil {
		s.Program.Words = r.conflict.program
	}
	return s
}

// way is a value of "conflict": a word, or "command" with a program of its own.
type way struct {
	word    string
	program []string // nil: that of conflict_command
}

// shape is the way as it is written.
func (w way) shape() any {
	if w.program != nil {
		return object{{string(ConflictCommand), w.program}}
	}
	return w.word
}

// conflicts reads a way to settle conflicts. In a remote it may be empty, for that of the vdir.
type conflicts struct{ empty bool }

func (c conflicts) read(r *reader, at place, n *node) (any, bool) {
	if n.kind == isTable {
		return c.table(r, at, n)
	}
	if c.empty && n.kind == isString && n.text == "" {
		return way{}, true
	}
	got, ok := choice{all: conflictWords}.read(r, at, n)
	if !ok {
		return nil, false
	}
	return way{word: got.(string)}, true
}

// table reads { command = […] }.
func (c conflicts) table(r *reader, at place, n *node) (any, bool) {
	for _, name := range n.keys {
		if name != string(ConflictCommand) {
			r.unknown(n.fields[name].line, at.full+"."+name, "unknown key %q", name, []string{string(ConflictCommand)})
			return nil, false
		}
	}
	if len(n.keys) == 0 {
		r.fail(n.line, at.full, "%q: the table is empty; write { command = [\"PROGRAM\"] }", at.name)
		return nil, false
	}
	got, ok := settler{}.read(r, place{at.full + ".command", at.name}, n.fields[string(ConflictCommand)])
	if !ok {
		return nil, false
	}
	if len(got.([]string)) == 0 {
		r.fail(n.line, at.full, "%q: the command is empty", at.name)
		return nil, false
	}
	return way{string(ConflictCommand), got.([]string)}, true
}

// settler is a program that settles conflicts, with its arguments.
type settler struct{}

var braced = regexp.MustCompile(`\{[a-z_]+\}`)

func (settler) read(r *reader, at place, n *node) (any, bool) {
	got, ok := words{}.read(r, at, n)
	if !ok {
		return nil, false
	}
	p := Program{Words: got.([]string)}
	for i, w := range p.Words {
		for _, name := range braced.FindAllString(w, -1) {
			if !slices.Contains(programFiles, name) {
				r.unknown(n.items[i].line, at.full, "\""+at.name+"\": %q is no file of a conflict; there are "+strings.Join(programFiles, ", "), name, programFiles)
				ok = false
			}
		}
	}
	switch {
	case len(p.Words) > 0 && (p.Words[0] == "" || braced.MatchString(p.Words[0])):
		r.fail(n.line, at.full, "%q: the first word is no program", at.name)
		ok = false
	case p.Names(OutputFile) || !p.Names(BaseFile) && p.Names(LocalFile) == p.Names(RemoteFile), p.Names(LocalFile) && p.Names(RemoteFile):
	default:
		r.fail(n.line, at.full, "%q: without {output} the result is what {local} and {remote} both hold in the end; name both, or none of the files", at.name)
		ok = false
	}
	return p.Words, ok
}

// settling checks that there is a program wherever one is asked for.
func (r *reader) settling(vdirs, remotes []table) {
	byName := map[string]table{}
	for _, t := range remotes {
		byName[strings.TrimPrefix(t.name, "remote.")] = t
	}
	for _, t := range vdirs {
		s, has := t.settings["conflict_command"]
		if has && s.value == nil || len(get[[]string](t.settings, "conflict_command")) > 0 {
			continue // one that could not be read is reported already
		}
		r.needsProgram(t, t.name)
		for _, name := range get[[]string](t.settings, "remotes") {
			if remote, known := byName[name]; known {
				r.needsProgram(remote, t.name)
			}
		}
	}
}

func (r *reader) needsProgram(t table, vdir string) {
	s := t.settings["conflict"]
	w := get[way](t.settings, "conflict")
	if w.word == string(ConflictCommand) && w.program == nil {
		r.fail(s.line, s.full, `conflict = "command" without a "conflict_command" in [%s]`, vdir)
	}
}

func newSettling(t table) Settling {
	w := get[way](t.settings, "conflict")
	s := Settling{Conflict: Conflict(w.word), Program: Program{Words: get[[]string](t.settings, "conflict_command"),
		Terminal: get[bool](t.settings, "conflict_terminal"), Timeout: get[time.Duration](t.settings, "conflict_timeout")}}
	if w.program != nil {
		s.Program.Words = w.program
	}
	return s
}
