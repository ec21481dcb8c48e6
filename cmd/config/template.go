package config

import (
	"bytes"
	"fmt"
)

// Answers are what `vgit init` found out and was told.
type Answers struct {
	Username string   // "": no login
	Password Source   // where the password comes from; with Plain the only word is the password itself
	Words    []string // of the source: program and arguments for Command, else one word
	Origins  []string // other origins that may see the credentials, as confirmed
	Parts    []Part   // one for each vdir, the first one holding the login
}

// Part is one vdir and its remote.
type Part struct {
	Name string // of the vdir
	Kind Kind
	Path string // as written in the file, such as "~/.calendars"
	URL  string

	Remote string // its name
}

// Template writes the first configuration, with comments. With several parts, the others take the login from the first through `like`. What
// it writes loads without a problem if the answers are sound.
func Template(a Answers) []byte {
	var b bytes.Buffer
	b.WriteString("# The configuration of vgit; vgit.toml(5) has every key. `vgit config` shows what is in force.\n")
	for _, p := range a.Parts {
		fmt.Fprintf(&b, "\n[vdir.%s]\n", p.Name)
		row(&b, "path", p.Path, "one directory for each collection; its history is in .git")
		row(&b, "kind", string(p.Kind), "")
		row(&b, "remotes", []string{p.Remote}, "")
		row(&b, "conflict", "ask", "what both sides changed differently waits for you: vgit(1), CONFLICTS")
	}
	for i, p := range a.Parts {
		fmt.Fprintf(&b, "\n[remote.%s]\n", p.Remote)
		speaks := CalDAV
		if p.Kind == Contacts {
			speaks = CardDAV
		}
		row(&b, "type", string(speaks), "")
		if i > 0 {
			row(&b, "like", a.Parts[0].Remote, "the same login")
		}
		if i == 0 || p.URL != a.Parts[0].URL {
			row(&b, "url", p.URL, "server, principal, home set or collection; vgit finds the rest")
		}
		if i > 0 {
			continue
		}
		a.login(&b)
		row(&b, "collections", []string{"*"}, `all; leave some out with "!name"`)
		row(&b, "create", string(CreateAsk), `make what is only here on the server? "ask", "yes" or "no"`)
	}
	return b.Bytes()
}

// login writes the keys that the parts share.
func (a Answers) login(b *bytes.Buffer) {
	if a.Username != "" {
		row(b, "username", a.Username, "")
		switch {
		case a.Password == Command:
			row(b, "password", object{{string(Command), a.Words}}, "")
		case a.Password == Plain && len(a.Words) > 0:
			row(b, "password", a.Words[0], `better: { command = ["pass", "NAME"] }`)
		case len(a.Words) > 0:
			row(b, "password", object{{string(a.Password), a.Words[0]}}, "")
		}
	}
	if len(a.Origins) > 0 {
		row(b, "origins", a.Origins, "these may see the password, too")
	}
}

// row writes one key with its comment.
func row(b *bytes.Buffer, key string, value any, comment string) {
	text := key + " = " + tomlValue(value)
	if comment == "" {
		fmt.Fprintf(b, "%s\n", text)
		return
	}
	fmt.Fprintf(b, "%-45s # %s\n", text, comment)
}
