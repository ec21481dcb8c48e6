package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zalando/go-keyring"
)

// canary is the secret of all tests: it may be seen nowhere but in Reveal.
const canary = "cAnArY-7391"

// tool writes a program for the shell and returns its absolute path.
func tool(t testing.TB, dir, name, lines string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+lines+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// remote loads a remote with a password from source, and gives its resolver a short limit only where a test wants one.
func remote(t testing.TB, source string, env func(string) string, environ ...string) (*Remote, *Resolver) {
	t.Helper()
	c, err := Load(file(t, sound+"username = 'ada'\npassword = "+source+"\n"), env)
	if err != nil {
		t.Fatal(err)
	}
	return c.Remotes["b"], c.Resolver(env, environ)
}

// words of a command for a file.
func command(words ...string) string {
	return tomlValue(object{{"command", words}})
}

func TestT14CommandArguments(t *testing.T) {
	t.Parallel()
	env := vars(t)
	home := env("HOME")
	tool(t, filepath.Join(home, "bin"), "show", `printf '%s|' "$0" "$@"`)
	r, from := remote(t, command("~/bin/show", "http://x/a", "a/../b", "~/c", "x~/d", "~", "$HOME", "a b", "`id`;$(id)", ""), env)
	got, err := from.Resolve(t.Context(), r.Password, "")
	want := home + "/bin/show|http://x/a|a/../b|" + home + "/c|x~/d|~|$HOME|a b|`id`;$(id)||"
	if err != nil || got.Reveal() != want {
		t.Errorf("Resolve = %q, %v; want %q", got.Reveal(), err, want)
	}
}

func TestFirstLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for script, want := range map[string]string{
		`printf 'one\ntwo\n'`: "one", `printf 'one\r\ntwo'`: "one", `printf ' one '`: " one ", `printf 'one'`: "one", `printf 'a\rb\n'`: "a\rb",
		`echo one; yes | head -c 1000000`: "one", // takes it all, so that the program does not die of it
		`echo "$(cat)."`:                  ".",   // standard input is empty
	} {
		r, from := remote(t, command(tool(t, dir, "p", script)), vars(t), "PATH="+os.Getenv("PATH"))
		if got, err := from.Resolve(t.Context(), r.Password, ""); err != nil || got.Reveal() != want {
			t.Errorf("%s: %q, %v; want %q", script, got.Reveal(), err, want)
		}
	}
}

// TestT15FailingPrograms: key, program and exit status; no argument, no output.
func TestT15FailingPrograms(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := vars(t, "PATH", "relative:"+dir)
	tool(t, dir, "pass", "echo "+canary+"; echo "+canary+" >&2; exit 3")
	tool(t, dir, "silent", "")
	tool(t, dir, "blank", `printf '\n'`+canary)
	tool(t, dir, "killed", "kill -9 $$")
	tool(t, dir, "long", `head -c 70000 /dev/zero`)
	if err := os.WriteFile(filepath.Join(dir, "data"), []byte(canary), 0o600); err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string]string{
		command("pass", canary):                     `the program "pass" failed with exit status 3`,
		command(filepath.Join(dir, "pass"), canary): `the program "pass" failed with exit status 3`,
		command("silent", canary):                   "the command gave nothing",
		command("blank"):                            "the command gave nothing",
		command("killed"):                           `the program "killed" was ended by a signal (signal: killed)`,
		command("long"):                             "the first line is longer than 64 KiB",
		command("nothere"):                          `the program "nothere" is not in $PATH`,
		command("data"):                             `the program "data" is not in $PATH`,
		command("/nothere/x", canary):               `the program "x" could not be started: no such file or directory`,
		`{ shell = "exit 7 # ` + canary + `" }`:     "the shell line failed with exit status 7",
		`{ shell = "( ` + canary + `" }`:            "the shell line failed with exit status 2",
		`{ env = "NOPE" }`:                          "$NOPE is not set",
		`{ file = "/nothere/x" }`:                   "the file /nothere/x: no such file or directory",
		`{ file = "/dev" }`:                         "/dev is no regular file",
		`{ file = "` + file(t, "\n"+canary) + `" }`: "the file gave nothing",
		`{ prompt = "Password" }`:                   "needs a terminal to ask for it; run vgit on one, or use { command = … }",
	} {
		r, from := remote(t, source, env, "PATH="+os.Getenv("PATH"))
		_, err := from.Resolve(t.Context(), r.Password, "")
		var failed *ResolveError
		if !errors.As(err, &failed) || failed.Key != "remote.b.password" || err.Error() != "remote.b.password: "+want {
			t.Errorf("%s: %v; want %s", source, err, want)
		}
		if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), canary) {
			t.Errorf("%s: the error shows what it must not: %#v", source, err)
		}
	}
}

func TestSources(t *testing.T) {
	t.Parallel()
	env := vars(t, "PW", "from env")
	for source, want := range map[string]string{
		`"plain"`:                             "plain",
		`{ shell = "echo $((1+1)) | cat" }`:   "2",
		`{ env = "PW" }`:                      "from env",
		`{ file = "` + file(t, "a\nb") + `"}`: "a",
		`{ prompt = "Password for ada" }`:     "typed after Password for ada",
		`{ keyring = "dav.example" }`:         "dav.example of ada",
	} {
		r, from := remote(t, source, env, "PATH="+os.Getenv("PATH"))
		from.Prompt = func(_ context.Context, text string) (string, error) { return "typed after " + text, nil }
		from.Keyring = func(service, user string) (string, error) { return service + " of " + user, nil }
		login, err := r.Login(t.Context(), from)
		if err != nil || login.Password.Reveal() != want || login.Username != "ada" || login.Address.String() != "https://c.example/" {
			t.Errorf("%s: %v, %v; want %q", source, login, err, want)
		}
	}
}

// TestS29RelativePath: a relative entry of $PATH is not looked into, and a name means one program as long as the process lives.
func TestS29RelativePath(t *testing.T) {
	t.Parallel()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	first, second := t.TempDir(), t.TempDir()
	relative, err := filepath.Rel(here, second)
	if err != nil {
		t.Fatal(err)
	}
	tool(t, second, "show", "echo second")
	r, from := remote(t, command("show"), vars(t, "PATH", relative+":"+first))
	if _, err := from.Resolve(t.Context(), r.Password, ""); err == nil || err.Error() != `remote.b.password: the program "show" is not in $PATH` {
		t.Errorf("with a relative entry: %v", err)
	}
	c := load(t, sound+"username = "+command("show")+"\npassword = "+command("show", "x")+"\n")
	from = c.Resolver(vars(t, "PATH", first+":"+second), nil)
	name, err := from.Resolve(t.Context(), c.Remotes["b"].Username, "")
	tool(t, first, "show", "echo first")
	password, again := from.Resolve(t.Context(), c.Remotes["b"].Password, "")
	if name.Reveal() != "second" || password.Reveal() != "second" || err != nil || again != nil {
		t.Errorf("Resolve = %q, %q, %v, %v", name.Reveal(), password.Reveal(), err, again)
	}
}

// TestS30Keyring: a missing keyring is an error that names the way out, and never shows what the library says.
func TestS30Keyring(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  error
		want string
	}{
		{keyring.ErrNotFound, `remote.b.password: the keyring has no item service="x" user="ada"; store it, or use { command = … } instead`},
		{errors.New("dbus " + canary), "remote.b.password: no keyring answers here; use { command = … } instead"},
		{nil, "remote.b.password: the keyring gave nothing"},
	} {
		r, from := remote(t, `{ keyring = "x" }`, vars(t))
		from.Keyring = func(string, string) (string, error) { return "", tt.err }
		if _, err := r.Login(t.Context(), from); err == nil || err.Error() != tt.want {
			t.Errorf("Login = %v, want %s", err, tt.want)
		}
	}
}

// TestS28FileBehindSymlink: a file that turns out to be in a vdir is refused when it is read.
func TestS28FileBehindSymlink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	vdir := filepath.Join(dir, "v")
	if err := os.Mkdir(vdir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(vdir, "pw"), []byte(canary), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	text := strings.Replace(sound, "kind", "path = '"+vdir+"'\nkind", 1) + "username = 'a'\npassword = { file = '" + link + "' }\n"
	c := load(t, text)
	if err := os.Symlink(filepath.Join(vdir, "pw"), link); err != nil {
		t.Fatal(err)
	}
	_, err := c.Remotes["b"].Login(t.Context(), c.Resolver(vars(t), nil))
	if err == nil || err.Error() != "remote.b.password: the file link lies inside a vdir" {
		t.Errorf("Login = %v", err)
	}
}

// TestOnceForOneSource: two remotes and many goroutines with one source run it once; its failure is shared but told with each key.
func TestOnceForOneSource(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	for _, exit := range []string{"0", "1"} {
		source := command(tool(t, dir, "count"+exit, "echo x >> "+log+exit+"; echo pw; exit "+exit))
		c := load(t, sound+"username = 'a'\npassword = "+source+"\n[remote.c]\nlike = 'b'\npassword = "+source+"\n")
		from := c.Resolver(vars(t), nil)
		var wait sync.WaitGroup
		for i := range 16 {
			wait.Go(func() {
				v := c.Remotes[[]string{"b", "c"}[i%2]].Password
				got, err := from.Resolve(context.Background(), v, "")
				switch {
				case exit == "0" && (err != nil || got.Reveal() != "pw"):
					t.Errorf("Resolve = %q, %v", got.Reveal(), err)
				case exit == "1" && (err == nil || err.Error() != v.Key()+`: the program "count1" failed with exit status 1`):
					t.Errorf("Resolve = %v", err)
				}
			})
		}
		wait.Wait()
		if runs, err := os.ReadFile(log + exit); err != nil || string(runs) != "x\n" {
			t.Errorf("the program ran %q times, %v", runs, err)
		}
	}
}

// TestOnePromptAtATime asks two questions from two goroutines and looks when nothing moves any more.
func TestOnePromptAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := load(t, sound+"username = { prompt = 'Name' }\npassword = { prompt = 'Password' }\n")
		from := c.Resolver(vars(t), nil)
		var open atomic.Int32
		typed := make(chan string)
		from.Prompt = func(context.Context, string) (string, error) {
			open.Add(1)
			defer open.Add(-1)
			return <-typed, nil
		}
		answers := make(chan string, 2)
		for _, v := range []Value{c.Remotes["b"].Username, c.Remotes["b"].Password} {
			go func() {
				got, err := from.Resolve(t.Context(), v, "")
				answers <- fmt.Sprint(got.Reveal(), err)
			}()
		}
		for _, text := range []string{"one", "two"} {
			synctest.Wait()
			if n := open.Load(); n != 1 {
				t.Errorf("%d prompts are open", n)
			}
			typed <- text
			if got := <-answers; got != text+"<nil>" {
				t.Errorf("Resolve = %s, want %s", got, text)
			}
		}
	})
}

// TestLimit ends a program that does not answer, although its child holds the output open, and a keyring that hangs.
func TestLimit(t *testing.T) {
	t.Parallel()
	// The loops end when the test removes its directory.
	slow := tool(t, t.TempDir(), "slow", `loop() { while [ -e "$0" ]; do sleep 0.1; done; }; loop & loop`)
	r, from := remote(t, command(slow), vars(t), "PATH="+os.Getenv("PATH"))
	from.Limit = 50 * time.Millisecond
	if _, err := r.Login(t.Context(), from); err == nil || err.Error() != `remote.b.password: the program "slow" gave no answer within 50ms` {
		t.Errorf("Login = %v", err)
	}
	r, from = remote(t, "{ keyring = 'x' }", vars(t))
	from.Limit = time.Millisecond
	release := make(chan struct{})
	defer close(release)
	from.Keyring = func(string, string) (string, error) { <-release; return canary, nil }
	if _, err := r.Login(t.Context(), from); err == nil || err.Error() != "remote.b.password: the keyring gave no answer within 1ms" {
		t.Errorf("Login = %v", err)
	}
}

// TestCancelIsNotRemembered: who comes after a cancelled question asks it again.
func TestCancelIsNotRemembered(t *testing.T) {
	t.Parallel()
	r, from := remote(t, "{ prompt = 'Password' }", vars(t))
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan struct{})
	from.Prompt = func(ctx context.Context, _ string) (string, error) {
		close(asked)
		<-ctx.Done()
		return "", errors.New("interrupted")
	}
	first := make(chan error, 1)
	go func() {
		_, err := from.Resolve(ctx, r.Password, "")
		first <- err
	}()
	<-asked
	waiting, stop := context.WithCancel(t.Context())
	stop()
	if _, err := from.Resolve(waiting, r.Password, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("who waits with a cancelled context gets %v", err)
	}
	from.Prompt = func(context.Context, string) (string, error) { return "pw", nil }
	second := make(chan Secret, 1)
	go func() {
		got, _ := from.Resolve(t.Context(), r.Password, "")
		second <- got
	}()
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the cancelled one gets %v", err)
	}
	if got := <-second; got.Reveal() != "pw" {
		t.Errorf("the next one gets %q", got.Reveal())
	}
}

// TestS27ChildEnvironment: programs get the environment without the variables that hold secrets of this configuration.
func TestS27ChildEnvironment(t *testing.T) {
	t.Parallel()
	show := tool(t, t.TempDir(), "show", `echo "$KEEP/$PW"`)
	c := load(t, sound+"username = 'a'\npassword = { env = 'PW' }\n[remote.c]\nlike = 'b'\npassword = "+command(show)+"\n")
	from := c.Resolver(vars(t), []string{"KEEP=kept", "PW=" + canary})
	if got, err := from.Resolve(t.Context(), c.Remotes["c"].Password, ""); err != nil || got.Reveal() != "kept/" {
		t.Errorf("the program sees %q, %v", got.Reveal(), err)
	}
}

// TestOneRemoteFails: the error of one remote does not touch another.
func TestOneRemoteFails(t *testing.T) {
	t.Parallel()
	c := load(t, sound+"username = 'a'\npassword = { env = 'NOPE' }\n[remote.c]\nlike = 'b'\npassword = 'x'\n")
	from := c.Resolver(vars(t), nil)
	if _, err := c.Remotes["b"].Login(t.Context(), from); err == nil {
		t.Error("b logs in")
	}
	if login, err := c.Remotes["c"].Login(t.Context(), from); err != nil || login.Password.Reveal() != "x" {
		t.Errorf("c: %v, %v", login, err)
	}
}

// TestFetchedAddress: what is fetched is checked like what is written, and is never shown.
func TestFetchedAddress(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ url, want string }{
		{"http://x.example/" + canary, "remote.b.url: http:// to another machine can be read on the way; use https://, or set insecure_http = true"},
		{"ftp://" + canary, "remote.b.url: only https:// and http:// are spoken"},
		{"https://ada:" + canary + "@x.example", ""},
	} {
		text := strings.Replace(sound, "'https://c.example/'", "{ env = 'U' }", 1)
		c := load(t, text)
		login, err := c.Remotes["b"].Login(t.Context(), c.Resolver(vars(t, "U", tt.url), nil))
		if tt.want == "" && (err != nil || login.Address.String() != "https://x.example/") || tt.want != "" && (err == nil || err.Error() != tt.want) {
			t.Errorf("%s: %v, %v", tt.url, login, err)
		}
	}
	c := load(t, sound+"proxy = { env = 'P' }\n")
	if _, err := c.Remotes["b"].Login(t.Context(), c.Resolver(vars(t, "P", "ftp://"+canary), nil)); err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("proxy: %v", err)
	}
}
