package vdir

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxName is how long a generated name may be, without the extension of an item.
const maxName = 100

// Fold is equal for two names that some file system takes for one: those that differ in case or in how letters with
// accents are composed.
func Fold(name string) string { return strings.ToLower(strings.ToUpper(norm.NFC.String(name))) }

// Name is the file name for a new item: the last element of its href (percent-decoded), if that is safe and free, else
// its UID, else a name made of it, always with the extension ext once. Safe are up to 100 of [A-Za-z0-9_.@+=-] that
// neither begin with "." or "-" nor are the name of a device on Windows. The same arguments give the same name.
//
// taken is asked with Fold(name), and says whether a file of such a name exists or is about to.
func Name(base, uid, ext string, taken func(folded string) bool) string {
	if len(base) >= len(ext) && strings.EqualFold(base[len(base)-len(ext):], ext) {
		base = base[:len(base)-len(ext)]
	}
	for _, stem := range []string{base, uid} {
		if safe(stem) && !taken(Fold(stem+ext)) {
			return stem + ext
		}
	}
	from := uid
	if from == "" {
		from = base
	}
	stem := clean(from, func(r rune) bool { return r < utf8.RuneSelf && isSafe(byte(r)) }, 40)
	if stem == "" {
		stem = "item"
	}
	for n := 0; ; n++ {
		sum := sha256.Sum256([]byte(base + "\x00" + uid + "\x00" + strconv.Itoa(n)))
		name := stem + "-" + hex.EncodeToString(sum[:8]) + ext
		if !taken(Fold(name)) {
			return name
		}
	}
}

// DirName is the directory name for a new collection: its display name with all that is neither letter, digit nor one
// of _.@+=- turned into hyphens, else its id likewise, else "collection"; with a number if that is taken. It
// is at most 100 bytes, and never one that makes the vdir look like a bare repository or that Scan would pass over.
//
// taken is asked with Fold(name).
func DirName(display, id string, taken func(folded string) bool) string {
	letter := func(r rune) bool {
		return r < utf8.RuneSelf && isSafe(byte(r)) ||
			r >= utf8.RuneSelf && r != utf8.RuneError && unicode.In(r, unicode.L, unicode.N)
	}
	const room = 8 // for a number
	name := "collection"
	for _, s := range []string{display, id} {
		if c := clean(norm.NFC.String(s), letter, maxName-room); c != "" {
			name = c
			break
		}
	}
	if reserved(name) {
		name += "-1"
	}
	for n, try := 2, name; ; n++ {
		if !taken(Fold(try)) {
			return try
		}
		try = name + "-" + strconv.Itoa(n)
	}
}

func isSafe(b byte) bool {
	return strings.IndexByte(alphanumeric+"_.@+=-", b) >= 0
}

// safe says whether a stem may be used as it is.
func safe(stem string) bool {
	return stem != "" && len(stem) <= maxName && stem[0] != '.' && stem[0] != '-' && !isDevice(stem) &&
		strings.Trim(stem, alphanumeric+"_.@+=-") == ""
}

// clean turns each run of what is not allowed into one hyphen, and leaves none at the ends; nor dots, which hide a name
// or which Windows drops, nor what makes the name that of a device.
func clean(s string, allowed func(rune) bool, most int) string {
	var b strings.Builder
	for _, r := range s {
		if !allowed(r) {
			r = '-'
		}
		if r == '-' && (b.Len() == 0 || strings.HasSuffix(b.String(), "-")) {
			continue
		}
		if b.Len()+utf8.RuneLen(r) > most {
			break
		}
		b.WriteRune(r)
	}
	name := strings.Trim(b.String(), ".-")
	if isDevice(name) {
		name = "_" + name
	}
	return name
}

// isDevice recognises what Windows takes for a device, whatever follows the first dot.
func isDevice(name string) bool {
	first, _, _ := strings.Cut(strings.ToUpper(name), ".")
	if slices.Contains([]string{"CON", "PRN", "AUX", "NUL"}, first) {
		return true
	}
	port, n := strings.TrimPrefix(strings.TrimPrefix(first, "COM"), "LPT"), len(first)
	return n == 4 && len(port) == 1 && port >= "0" && port <= "9"
}

// reserved recognises the names of which git makes a bare repository (S4), and those that Scan ignores.
func reserved(name string) bool {
	return matches(foreignDirs, name) || matches(litter, name) || slices.Contains([]string{
		"head", "objects", "refs", "config", "hooks", "index", "info", "logs", "branches", "description",
		"packed-refs", "worktrees", "modules", "shallow", "fetch_head", "orig_head", "commondir", "gitdir",
	}, Fold(name))
}
