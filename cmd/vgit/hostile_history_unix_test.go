//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"vgit/remote/davtest"
)

// lookingBack is every way to look at the past, and to plan what takes it back. A new one is a line here. ITEM is an item, REV a commit by hand.
var lookingBack = [][]string{
	{"log"}, {"log", "-v"}, {"log", "-p"}, {"log", "--oneline"}, {"log", "--fetched", "-v"}, {"log", "--json"}, {"log", "ITEM"}, {"log", "-p", "-v", "ITEM"},
	{"log", "title"}, {"log", "nobody" + evilRaw}, {"log", "cal/" + evilRaw}, {"log", "--from", evilRaw}, {"log", "--since", evilRaw},
	{"log", "--fetched", "-p"}, {"log", "-p", "--oneline"}, {"diff", "--stat", "main~3"}, {"diff", "-v", "--sides", "r"}, {"show", "--raw", "ITEM", "--at", "main~2"}, {"export", "ITEM", "--at", "main~2"},
	{"undo", "-n", "--from", "here"}, {"undo", "-n", "--from", evilRaw}, {"restore", "-n", "--exact", "cal", "--from", "main~3"}, {"restore", "-n", "--only", "title", "ITEM", "--from", "main~2"},
	{"restore", "-n", "--only", evilRaw, "ITEM", "--from", "main~2"},
	{"diff"}, {"diff", "-v"}, {"diff", "-p"}, {"diff", "--stat"}, {"diff", "--json"}, {"diff", "main~2"}, {"diff", "main~3", "main"}, {"diff", "-p", "main~3", "main"}, {"diff", "--sides", "r"}, {"diff", evilRaw},
	{"show", "ITEM"}, {"show", "-v", "ITEM"}, {"show", "ITEM", "--at", "main~2"}, {"show", "--json", "ITEM"}, {"show", "REV"}, {"show", "-v", "REV"}, {"show", "--json", "REV"}, {"show", "title"}, {"show", "--raw", "ITEM"}, {"show", evilRaw},
	{"blame", "ITEM"}, {"blame", "-v", "ITEM"}, {"blame", "--json", "ITEM"}, {"blame", "title"}, {"blame", evilRaw},
	{"status"}, {"status", "-v"}, {"status", "--json"},
	{"undo", "-n"}, {"undo", "-n", "-v"}, {"undo", "-n", "REV"}, {"undo", "-n", "--json"}, {"undo", "-n", "--since", "yesterday"}, {"undo", "-n", evilRaw},
	{"restore", "-n", "ITEM", "--from", "main~2"}, {"restore", "-n", "cal", "--from", "main~3"}, {"restore", "-n", "--json", "cal", "--from", "main~3"}, {"restore", "-n", "title", "--from", "main~2"}, {"restore", "-n", evilRaw, "--from", evilRaw},
	{"export"}, {"export", "ITEM"}, {"export", "title"}, {"export", "--at", "main~2"}, {"export", evilRaw}, {"export", "ITEM", "--at", evilRaw},
}

// evilItem has hostile text in every property and parameter, and lines that no program would write; n makes the values others.
func evilItem(uid, n string, lines ...string) string {
	value := strings.NewReplacer("\r\n", `\n`).Replace("title "+n+" "+evil) + "\x00\xff\xc2 back\b\b\b\rFORGED: carriage" + strings.Repeat("long", 300)
	value = strings.ReplaceAll(value, "\r", "")
	text := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:" + value + "\r\nX-WR-CALNAME:" + value + "\r\nBEGIN:VEVENT\r\nUID:" + uid + "\r\nDTSTAMP:20260101T000000Z\r\n" +
		"DTSTART;TZID=" + evilParam + ":20260302T100000\r\nDTEND;TZID=" + evilParam + ":20260302T110000\r\n"
	for _, name := range []string{"SUMMARY", "DESCRIPTION", "LOCATION", "STATUS", "CLASS", "URL", "CATEGORIES", "COMMENT", "CONTACT", "COLOR", "GEO", "RRULE", "EXDATE", "RESOURCES", "RELATED-TO", "TRANSP", "PRIORITY",
		"SEQUENCE", "CONFERENCE", "IMAGE", "X-EVIL", "X-ALT-DESC;FMTTYPE=text/html", "ATTACH;FILENAME=" + evilParam, "ATTACH;ENCODING=BASE64;VALUE=BINARY;FMTTYPE=" + evilParam, "ORGANIZER;CN=" + evilParam,
		"ATTENDEE;CN=" + evilParam + ";PARTSTAT=" + evilParam + ";ROLE=" + evilParam, evilParam} {
		text += name + ":" + value + "\r\n"
	}
	text += "BEGIN:VALARM\r\nACTION:" + value + "\r\nTRIGGER:-PT1" + n + "M\r\nDESCRIPTION:" + value + "\r\nEND:VALARM\r\n"
	return text + strings.Join(append(lines, ""), "\r\n") + "END:VEVENT\r\nEND:VCALENDAR\r\n"
}

// evilParam is what a parameter can hold.
const evilParam = "\"e\x1b[2Jv\u009b31m\u202ei\u200b\u2066l\x7f\b\""

// evilCard is the same for a contact.
func evilCard(uid, n string) string {
	value := strings.NewReplacer("\r\n", `\n`).Replace("title "+n+" "+evil) + "\xff\b\b" + strings.Repeat("long", 300)
	text := "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:" + uid + "\r\n"
	for _, name := range []string{"FN", "N", "NICKNAME", "ORG", "TITLE", "ROLE", "EMAIL;TYPE=" + evilParam, "TEL;TYPE=" + evilParam, "ADR", "LABEL", "BDAY", "ANNIVERSARY", "URL", "NOTE", "CATEGORIES", "KEY", "REV", "X-EVIL",
		"PHOTO;ENCODING=b;TYPE=" + evilParam, "item1.TEL", "item1.X-ABLabel", "IMPP", "RELATED", "GENDER", "MEMBER"} {
		text += name + ":" + value + n + "\r\n"
	}
	return text + "END:VCARD\r\n"
}

// TestS13NothingInThePastWritesToTheTerminal: what items, file names, collections, servers and commits by hand say, in all the ways to look back.
func TestS13NothingInThePastWritesToTheTerminal(t *testing.T) {
	t.Parallel()
	for kind, make := range map[string]func(uid, n string) string{
		"calendar": func(uid, n string) string { return evilItem(uid, n) },
		"contacts": evilCard,
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			h := newVillain(t)
			ext := ".ics"
			if kind == "contacts" {
				ext = ".vcf"
				h.work = h.server.AddAddressBook("ada", "friends", davtest.Props{DisplayName: evil})
				b, err := os.ReadFile(filepath.Join(h.home, "config.toml"))
				if err != nil {
					t.Fatal(err)
				}
				h.configure(strings.NewReplacer(`"calendar"`, `"contacts"`, "caldav", "carddav").Replace(string(b)))
			}
			item := h.live(ext, make)
			commands := commandNames((&session{}).app())
			said := ""
			for _, words := range lookingBack {
				if !slices.Contains(commands, words[0]) {
					continue
				}
				args := slices.Clone(words)
				for i := range args {
					args[i] = strings.NewReplacer("ITEM", item, "REV", h.git("rev-parse", "main^{/forged}")).Replace(args[i])
				}
				said += h.harmless(args...)
				if slices.Contains(args, "--json") || slices.Contains(args, evilRaw) { // never coloured
					continue
				}
				out, _ := h.typing("", []string{"NO_COLOR="}, append([]string{"--color", "always"}, args...)...)
				h.look(ownColors.ReplaceAllString(out, ""), append([]string{"--color", "always"}, args...)...)
			}
			for _, asked := range [][]string{{"undo", "-i"}, {"undo"}, {"restore", "-i", "cal", "--from", "main~3"}} {
				out, code := h.typing(strings.Repeat("n\n", 5)+strings.Repeat("q\n", 10), h.env, asked...)
				h.look(out, asked...)
				if !strings.Contains(out, "]uit?") {
					t.Errorf("vgit %q, exit %d, asked nothing:\n%s", asked, code, out)
				}
			}
			for _, shown := range []string{`\u{202e}`, `\u{1b}`, `\u{9b}`, `\xff`, "title 2", "by hand"} {
				if !strings.Contains(said, shown) {
					t.Errorf("nobody showed %s", shown)
				}
			}
		})
	}
}

// ownColors are the colours that vgit itself uses, none of which is in what is hostile here.
var ownColors = regexp.MustCompile("\x1b\\[(0|1|3[1-6]|22|0;22|0;0)?m")

// live makes a past in which everything that can be named is named by somebody who means ill, and gives the path of an item.
func (h *villain) live(ext string, make func(uid, n string) string) (item string) {
	h.t.Helper()
	h.work.SetProps(davtest.Props{DisplayName: evil, Description: evil, Color: evil})
	for i := range 3 {
		h.work.Put(fmt.Sprint(i, evilRaw, ext), []byte(make(fmt.Sprint("there", i), "1")))
	}
	h.onTerminal("sync")
	dirs := localDirs(h.dir)
	if len(dirs) != 1 {
		h.t.Fatalf("directories: %q", dirs)
	}
	name := "i" + evilRaw + ext
	file := filepath.Join(h.dir, dirs[0], name)
	h.write(file, make("here"+evilRaw, "1"))
	h.write(filepath.Join(h.dir, dirs[0], "gone"+evilRaw+ext), make("gone", "1"))
	h.write(filepath.Join(h.dir, dirs[0], "displayname"), evil)
	h.onTerminal("sync")
	h.write(file, make("here"+evilRaw, "2"))
	_ = os.Remove(filepath.Join(h.dir, dirs[0], "gone"+evilRaw+ext))
	h.git("add", "-A")
	h.git("-c", "user.name="+strings.Trim(evilRaw, "e"), "-c", "user.email="+evilRaw, "commit", "-qm", "by hand "+evil+"\n\nforged\x1b[2J")
	for _, n := range h.work.List() {
		h.work.Put(n, []byte(make("there"+n[:1], "3")))
	}
	h.onTerminal("sync")
	h.write(file, make("here"+evilRaw, "4"))
	h.write(filepath.Join(h.dir, dirs[0], "new"+evilRaw+ext), "BEGIN:"+evilRaw+"\r\n")
	old := time.Now().Add(-time.Hour)
	_ = os.Chtimes(filepath.Join(h.dir, dirs[0], "new"+evilRaw+ext), old, old)
	return dirs[0] + "/" + name
}

func (h *villain) git(args ...string) string {
	h.t.Helper()
	out, err := exec.Command("git", append([]string{"-C", h.dir}, args...)...).CombinedOutput()
	if err != nil {
		h.t.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}
