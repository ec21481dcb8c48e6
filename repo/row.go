package repo

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"vgit/remote"
	"vgit/repo/item"
)

// Row is what a snapshot knows of one item beside its body: a line of `.vgit/collection/COLL`.
type Row struct {
	Name     string
	Href     remote.Href
	ETag     remote.ETag
	UID      string
	Size     int64 // -1: not told
	Modified string
	Schedule remote.ETag
	Flags    Flags
}

// uidOf is the UID by which items meet: "urn:uuid:X" and "X" are the same one (spec of merging, 4.11).
func uidOf(it *item.Item) string {
	uid := it.UID()
	const urn = "urn:uuid:"
	if len(uid) > len(urn) && strings.EqualFold(uid[:len(urn)], urn) {
		return uid[len(urn):]
	}
	return uid
}

// Flags are the marks of a row. The zero value is an item as it should be.
type Flags struct {
	Broken  bool  // the body is no whole item: it stands in the snapshot and never in the vdir (P62)
	Carried bool  // the last fetch could not find out about it
	Stale   int64 // unix time of our own PUT whose effect the server does not show yet (P77); 0: none
}

func (f Flags) String() string {
	var s []string
	if f.Broken {
		s = append(s, "broken")
	}
	if f.Carried {
		s = append(s, "carried")
	}
	if f.Stale != 0 {
		s = append(s, "stale="+strconv.FormatInt(f.Stale, 10))
	}
	return strings.Join(s, ",")
}

func parseFlags(s string) (f Flags, err error) {
	if s == "" {
		return f, nil
	}
	for _, word := range strings.Split(s, ",") {
		switch key, value, _ := strings.Cut(word, "="); key {
		case "broken":
			f.Broken = true
		case "carried":
			f.Carried = true
		case "stale":
			if f.Stale, err = strconv.ParseInt(value, 10, 64); err != nil {
				return f, fmt.Errorf("flag %q", word)
			}
		default:
			return f, &ErrNewer{File: collectionsDir + " (" + key + ")", Version: textVersion + 1}
		}
	}
	return f, nil
}

func parseRow(line string) (Row, error) {
	f, err := readRecord(line, 8)
	if err != nil {
		return Row{}, err
	}
	if beyond(f, 8) {
		return Row{}, &ErrNewer{File: collectionsDir + " (an item)", Version: textVersion + 1}
	}
	if f[0] == "" || f[1] == "" {
		return Row{}, fmt.Errorf("line %q lacks a name or an href", line)
	}
	r := Row{Name: f[0], Href: remote.Href(f[1]), ETag: remote.ETag(f[2]), UID: f[3], Size: -1, Modified: f[6], Schedule: remote.ETag(f[7])}
	if r.Flags, err = parseFlags(f[4]); err != nil {
		return Row{}, err
	}
	if f[5] != "" {
		if r.Size, err = strconv.ParseInt(f[5], 10, 64); err != nil || r.Size < 0 {
			return Row{}, fmt.Errorf("size %q", f[5])
		}
	}
	return r, nil
}

func (r *Row) write(b *bytes.Buffer) {
	size := ""
	if r.Size >= 0 {
		size = strconv.FormatInt(r.Size, 10)
	}
	writeRecord(b, r.Name, string(r.Href), string(r.ETag), r.UID, r.Flags.String(), size, r.Modified, string(r.Schedule))
}
