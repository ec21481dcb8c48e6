package repo

import (
	"bytes"
	"fmt"

	"vgit/remote"
)

// accountFile is `.vgit/remote` of docs/format.md 4.2.
type accountFile struct {
	Remote   string
	Snapshot string // "fetch", "push" or "move": what made the commit
	Type     string
	Binding  remote.Binding
	unknown  []string
}

// accountFields is as headFields.
var accountFields = map[string]int{"remote": 2, "snapshot": 2, "type": 2, "url": 2, "principal": 2, "home": 2, "learned": 3}

func parseAccount(b []byte) (*accountFile, error) {
	const file = ".vgit/remote"
	rest, err := textHead(file, "remote", b)
	if err != nil {
		return nil, err
	}
	a := &accountFile{Binding: remote.Binding{Learned: map[string]string{}}}
	for {
		line, tail, ok := nextLine(rest)
		if !ok {
			return a, nil
		}
		rest = tail
		f, err := readRecord(line, 3)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if n, known := accountFields[f[0]]; known && beyond(f, n) {
			return nil, &ErrNewer{File: file + " (" + f[0] + ")", Version: textVersion + 1}
		}
		switch f[0] {
		case "remote":
			a.Remote = f[1]
		case "snapshot":
			a.Snapshot = f[1]
		case "type":
			a.Type = f[1]
		case "url":
			a.Binding.URL = f[1]
		case "principal":
			a.Binding.Principal = remote.Href(f[1])
		case "home":
			a.Binding.Homes = append(a.Binding.Homes, remote.Href(f[1]))
		case "learned":
			a.Binding.Learned[f[1]] = f[2]
		default:
			a.unknown = append(a.unknown, line)
		}
	}
}

func (a *accountFile) bytes() []byte {
	var b bytes.Buffer
	writeHead(&b, "remote")
	writeRecord(&b, "remote", a.Remote)
	writeRecord(&b, "snapshot", a.Snapshot)
	writeRecord(&b, "type", a.Type)
	writeRecord(&b, "url", a.Binding.URL)
	if a.Binding.Principal != "" {
		writeRecord(&b, "principal", string(a.Binding.Principal))
	}
	for _, h := range a.Binding.Homes {
		writeRecord(&b, "home", string(h))
	}
	writeMap(&b, "learned", a.Binding.Learned)
	for _, line := range a.unknown {
		b.WriteString(line + "\n")
	}
	return b.Bytes()
}
