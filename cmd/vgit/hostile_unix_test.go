//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/creack/pty"

	"vgit/remote/davtest"
)

// evil moves the cursor, sets the title, forges a line, turns the direction of text and hides some; with C1 controls in UTF-8
// and as bytes.
const (
	evil       = "e\x1b]0;owned\a\x1b[2Jv\u009b31m\u202ei\u200b\u2066l\x7f\b\r\nFORGED: line"
	evilXML    = "e&#x9b;31mv\u202ei\u200b\u2066l&#x85;&#x2028;&#13;&#10;FORGED: line" // what XML can carry
	evilHeader = "ev\u009b31mi\u202e\u200bl\x9b"                                       // what a header can carry
	evilRaw    = "e\x1b[2Jv\x9b31mi\u202el"                                            // what a file name can carry
)

// villain is an account, a vdir and a configuration in which everything that can be named is named by somebody who means ill.
type villain struct {
	t      *testing.T
	server *davtest.Server
	work   *davtest.Collection
	home   string
	dir    string
	env    []string // more of the environment of the command

	mu  sync.Mutex
	raw string // what every request is answered with, "" if by the server
}

func newVillain(t *testing.T) *villain {
	t.Helper()
	h := &villain{t: t, server: davtest.New(), home: t.TempDir()}
	h.server.AddUser("ada", "secret")
	h.work = h.server.AddCalendar("ada", "work", davtest.Props{DisplayName: "Work"})
	web := httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(web.Close)
	h.dir = filepath.Join(h.home, "cal")
	h.configure(fmt.Sprintf("[vdir.cal]\npath = %q\nkind = \"calendar\"\nremotes = [\"r\"]\n[remote.r]\ntype = \"caldav\"\nurl = %q\nusername = \"ada\"\npassword = \"secret\"\nretries = 0\n", h.dir, web.URL))
	return h
}

func (h *villain) configure(text string) { h.write(filepath.Join(h.home, "config.toml"), text) }

func (h *villain) write(name, text string) {
	h.t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

func (h *villain) serve(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	raw := h.raw
	h.mu.Unlock()
	if raw == "" {
		h.server.ServeHTTP(w, r)
		return
	}
	_, _ = io.Copy(io.Discard, r.Body) // or the client may still be writing when the answer closes the connection, and names that instead
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, raw)
}

func (h *villain) answer(raw string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.raw = raw
}

// onTerminal runs the command with a terminal for all three streams, and returns what it wrote there. Whoever is asked leaves it at that.
func (h *villain) onTerminal(args ...string) string {
	h.t.Helper()
	out, _ := h.typing(strings.Repeat("\n", 20), h.env, args...)
	return out
}

// typing is onTerminal with what is typed there, and further variables; with the exit status.
func (h *villain) typing(typed string, env []string, args ...string) (string, int) {
	h.t.Helper()
	self, err := os.Executable()
	if err != nil {
		h.t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Args = append([]string{"vgit", "--config", filepath.Join(h.home, "config.toml"), "--color", "never"}, args...)
	cmd.Env = append(os.Environ(), "HOME="+h.home, "XDG_STATE_HOME="+h.home, "NO_PROXY=127.0.0.1", "TERM=xterm", "PAGER=cat")
	cmd.Env = append(cmd.Env, env...)
	screen, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 50, Cols: 500})
	if err != nil {
		h.t.Fatal(err)
	}
	_, _ = io.WriteString(screen, typed)
	var out bytes.Buffer
	_, _ = io.Copy(&out, screen) // it ends with an error when the other end is closed
	_ = cmd.Wait()
	screen.Close()
	return strings.ReplaceAll(out.String(), "\r\n", "\n"), cmd.ProcessState.ExitCode() // the terminal's own ends of lines
}

// harmless checks what reached the terminal.
func (h *villain) harmless(args ...string) string {
	h.t.Helper()
	out := h.onTerminal(args...)
	h.look(out, args...)
	return out
}

// look checks what a command wrote.
func (h *villain) look(out string, args ...string) {
	h.t.Helper()
	for i, line := range strings.Split(out, "\n") {
		for j, r := range line {
			if _, size := utf8.DecodeRuneInString(line[j:]); r == utf8.RuneError && size == 1 || unicode.IsControl(r) && r != '\t' || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
				h.t.Errorf("vgit %q, line %d: byte %#x in %q", args, i, line[j], line)
				break
			}
		}
		if strings.HasPrefix(line, "FORGED") {
			h.t.Errorf("vgit %q: a forged line", args)
		}
	}
}

func evilEvent(uid, summary string) []byte {
	fold := strings.NewReplacer("\r\n", "\\n").Replace
	return []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:" + fold(evil) + "\r\nBEGIN:VEVENT\r\nUID:" + fold(uid) + "\r\nDTSTAMP:20260101T000000Z\r\n" +
		"DTSTART;TZID=" + fold(evilRaw) + ":20260302T100000\r\nSUMMARY:" + fold(summary) + "\r\nLOCATION:" + fold(evil) + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
}

// everyCommand is the whole command line, each as loud as it can be; the first ones are those that speak of what was just met.
func everyCommand() [][]string {
	return [][]string{
		{"sync", "-v", "--trace"}, {"check"}, {"log"}, {"status", "-v"}, {"sync", "-n", "-v"}, {"config"}, {"collections"}, {"log", "cal/" + evilRaw},
		{"status", "--json"}, {"sync", "--json"}, {"log", "--json"}, {"collections", "--json"},
		{"diff", "-v"}, {"diff", "--patch", "main"}, {"diff", "--json", "--patch"},
	}
}

// TestS13NothingWritesToTheTerminal: the whole command on a terminal, with hostile text wherever somebody else chooses it.
func TestS13NothingWritesToTheTerminal(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*villain){
		"items, names and properties": func(h *villain) {
			h.work.SetProps(davtest.Props{DisplayName: evil, Description: evil, Color: evil})
			h.work.Put(evilRaw+".ics", evilEvent(evil, evil))
			h.work.Put("broken.ics", []byte("BEGIN:VCALENDAR\r\nBEGIN:"+evilRaw+"\r\nEND:VCALENDAR\r\n"))
			h.onTerminal("sync")
			dirs, _ := filepath.Glob(filepath.Join(h.dir, "*"))
			for _, d := range dirs {
				h.write(filepath.Join(d, evilRaw+".ics"), string(evilEvent("here", evil)))
				h.write(filepath.Join(d, "twin"+evilRaw+".ics"), string(evilEvent("here", evil)))
				h.write(filepath.Join(d, "empty"+evilRaw+".ics"), "")
				h.write(filepath.Join(d, "br"+evilRaw+".ics"), "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:"+evilRaw+"\r\nEND:"+evilRaw+"\r\nEND:VCALENDAR\r\n")
				_ = os.Symlink("/nowhere", filepath.Join(d, "link"+evilRaw+".ics"))
				old := time.Now().Add(-time.Hour)
				for _, n := range []string{"br", "empty"} {
					_ = os.Chtimes(filepath.Join(d, n+evilRaw+".ics"), old, old)
				}
			}
			h.write(filepath.Join(h.dir, "dir"+evilRaw, "x.ics"), string(evilEvent("x", evil)))
			h.write(filepath.Join(h.dir, "stray"+evilRaw+".ics"), "x")
		},
		"conflicts and deletions": func(h *villain) {
			for i := range 20 {
				h.work.Put(fmt.Sprint(i, evilRaw, ".ics"), evilEvent(fmt.Sprint(i), evil))
			}
			h.onTerminal("sync")
			files, _ := filepath.Glob(filepath.Join(h.dir, "*", "*.ics"))
			for i, f := range files {
				if i < 8 {
					_ = os.Remove(f)
				}
			}
			if len(files) > 9 {
				h.write(files[9], string(evilEvent("9", "Mine "+evil)))
			}
			for _, n := range h.work.List() {
				h.work.Edit(n, func(b []byte) []byte { return bytes.Replace(b, []byte("SUMMARY:"), []byte("SUMMARY:There "), 1) })
			}
		},
		"error texts": func(h *villain) {
			h.onTerminal("sync")
			h.write(filepath.Join(h.dir, "Work", "a.ics"), string(evilEvent("a", evil)))
			h.server.On(davtest.Match{Method: "PUT"}).Answer(davtest.Answer{Status: 403, Header: http.Header{"Content-Type": {"text/plain"}}, Body: evil})
		},
		"error XML": func(h *villain) {
			h.onTerminal("sync")
			h.write(filepath.Join(h.dir, "Work", "a.ics"), string(evilEvent("a", evil)))
			h.server.On(davtest.Match{Method: "PUT"}).Answer(davtest.Answer{Status: 403, Header: http.Header{"Content-Type": {"application/xml"}},
				Body: "<?xml version=\"1.0\"?><d:error xmlns:d=\"DAV:\" xmlns:s=\"urn:x\"><s:message>" + evilXML + "</s:message><d:responsedescription>" + evilXML + "</d:responsedescription></d:error>"})
		},
		"etags and tokens": func(h *villain) {
			h.server.On(davtest.Match{}).After().Rewrite(func(b []byte) []byte {
				b = bytes.ReplaceAll(b, []byte("getetag>"), []byte("getetag>"+evilXML))
				return bytes.ReplaceAll(b, []byte("sync-token>"), []byte("sync-token>"+evilXML))
			})
			h.work.Put("a.ics", evilEvent("a", evil))
		},
		"addresses": func(h *villain) {
			h.server.On(davtest.Match{Method: "PROPFIND"}).After().Rewrite(func(b []byte) []byte {
				return bytes.ReplaceAll(b, []byte("/calendars/ada/work/"), []byte("/calendars/ada/e%1b%C2%9b31m%E2%80%AE%9b/"))
			})
		},
		"status lines": func(h *villain) {
			h.answer("HTTP/1.1 403 " + evilHeader + "\r\nContent-Length: 0\r\nX-A: " + evilHeader + "\r\n\r\n")
		},
		"logins": func(h *villain) {
			h.answer("HTTP/1.1 401 " + evilHeader + "\r\nWWW-Authenticate: Basic realm=\"" + evilHeader + "\"\r\nWWW-Authenticate: " + evilHeader + " a=\"b\"\r\nContent-Length: 0\r\n\r\n")
		},
		"redirects": func(h *villain) {
			h.answer("HTTP/1.1 301 Moved\r\nLocation: http://" + evilHeader + ".example.org/" + evilHeader + "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
		},
		"garbage": func(h *villain) { h.answer(evilRaw + "\r\n" + evil + "\r\n\r\n") },
		"web pages": func(h *villain) {
			h.answer("HTTP/1.1 200 OK\r\nContent-Type: text/html" + evilHeader + "\r\n\r\n<html><title>" + evil)
		},
		"unseen, malformed XML": func(h *villain) {
			h.answer("HTTP/1.1 207 Multi-Status\r\nContent-Type: application/xml\r\n\r\n<?xml version=\"1.0\"?><d:multistatus xmlns:d=\"DAV:\"><" + evil)
		},
		"a branch": func(h *villain) {
			h.onTerminal("sync")
			h.write(filepath.Join(h.dir, ".git/HEAD"), "ref: refs/heads/"+evilRaw+"\n")
		},
		"git's keys": func(h *villain) {
			h.onTerminal("sync")
			h.write(filepath.Join(h.dir, ".git/config"), "[extensions]\n\tx = \"e\u009b31mv\u202eil\"\n")
		},
		"git's paths": func(h *villain) {
			h.onTerminal("sync")
			h.write(filepath.Join(h.dir, ".git/config"), "[core]\n\tworktree = \"/e\u009b31mv\u202eil\"\n")
		},
		"commits": func(h *villain) {
			h.onTerminal("sync")
			h.write(filepath.Join(h.dir, "Work", "a.ics"), string(evilEvent("a", evil)))
			for _, args := range [][]string{{"add", "-A"}, {"commit", "-qm", "edit work: 1 changed\n\nRemote: " + evil}} {
				cmd := exec.Command("git", append([]string{"-C", h.dir, "-c", "user.name=" + strings.Trim(evilRaw, "e"), "-c", "user.email=" + evilRaw}, args...)...)
				if out, err := cmd.CombinedOutput(); err != nil {
					h.t.Fatalf("git %q: %v\n%s", args, err, out)
				}
			}
		},
		"configuration": func(h *villain) {
			h.configure("[vdir.cal]\npath = \"/tmp\"\n\"" + strings.NewReplacer("\x1b", "\\u001b", "\x9b", "").Replace(evilRaw) + "\" = 1\nkind = \"" + strings.NewReplacer("\x1b", "\\u001b", "\x9b", "").Replace(evilRaw) + "\"\n")
		},
		"unseen, no TOML": func(h *villain) { h.configure("[" + evil + "\n") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newVillain(t)
			prepare(h)
			var said strings.Builder
			commands := everyCommand()
			if !strings.Contains(name, " and ") { // what the others say of these was looked at once, and takes time
				commands = commands[:3]
			}
			for _, args := range commands {
				fmt.Fprintf(&said, "%q\n%s\n", args, h.harmless(args...))
			}
			if !strings.Contains(said.String(), "31m") && !strings.HasPrefix(name, "unseen") {
				t.Errorf("nobody showed what was prepared:\n%s", &said)
			}
		})
	}
	t.Run("files", func(t *testing.T) {
		t.Parallel()
		h := newVillain(t)
		for name, summary := range map[string]string{"base": "Base " + evil, "mine": "Mine " + evil, "theirs": "Theirs " + evil} {
			h.write(filepath.Join(h.home, name), string(evilEvent("a", summary)))
		}
		base, mine, theirs := filepath.Join(h.home, "base"), filepath.Join(h.home, "mine"), filepath.Join(h.home, "theirs")
		for _, args := range [][]string{{"merge-file", mine, base, theirs}, {"merge-file", "--json", "-o", mine + evilRaw, mine, base, theirs}, {"textconv", mine},
			{"merge-driver", base, mine, theirs, "x" + evilRaw}} {
			if out := h.harmless(args...); !strings.Contains(out, "Mine") {
				t.Errorf("vgit %q: %s", args, out)
			}
		}
	})
	t.Run("questions", func(t *testing.T) {
		t.Parallel()
		h := newVillain(t)
		h.work.Put("a.ics", evilEvent("a", "Base"))
		h.onTerminal("sync")
		h.write(filepath.Join(h.dir, "Work", "a.ics"), string(evilEvent("a", "Mine "+evil)))
		h.work.Put("a.ics", evilEvent("a", "Theirs "+evil))
		h.onTerminal("sync")
		r := &reader{t: t, home: h.home, env: append(os.Environ(), "HOME="+h.home, "XDG_STATE_HOME="+h.home, "TERM=dumb", "NO_COLOR=1",
			`EDITOR=printf 'BEGIN:\033[31mVCALENDAR\nUID:\033[31m\n' >`)}
		out := r.run("vgit --config config.toml resolve", []string{"e", "n", "s"})
		h.look(out, "resolve")
		if !strings.Contains(out, "Mine") || !strings.Contains(out, "not taken") {
			t.Errorf("asked: %s", out)
		}
	})
	t.Run("arguments", func(t *testing.T) {
		t.Parallel()
		h := newVillain(t)
		for _, args := range [][]string{{evilRaw}, {"sync", evilRaw}, {"sync", "--" + evilRaw}, {"sync", "cal/" + evilRaw}, {"log", evilRaw}, {"diff", evilRaw}, {"diff", evilRaw, "--"}, {"diff", "--sides", evilRaw}, {"help", evilRaw}, {"check", evilRaw},
			{"status", evilRaw}, {"--color", evilRaw, "sync"}, {"--config", "/" + evilRaw, "sync"}, {"completion", evilRaw}, {"init", "caldav", evilRaw},
			{"merge-file", evilRaw, evilRaw, evilRaw}, {"merge-file", "--policy", evilRaw, "a", "b", "c"}, {"textconv", evilRaw}, {"git-setup", evilRaw},
			{"merge-driver", evilRaw, evilRaw, evilRaw, evilRaw}} {
			if out := h.harmless(args...); out == "" {
				t.Errorf("vgit %q said nothing", args)
			}
		}
	})
}
