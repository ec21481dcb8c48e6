package config

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shows tells whether text holds the canary, plain or in a spelling that an encoder may choose.
func shows(text string) bool {
	for _, form := range []string{
		canary, base64.StdEncoding.EncodeToString([]byte(canary))[:12], base64.URLEncoding.EncodeToString([]byte(canary))[:12],
		hex.EncodeToString([]byte(canary)), strings.ToUpper(hex.EncodeToString([]byte(canary))), url.QueryEscape(canary), fmt.Sprint([]byte(canary))[1:20],
		fmt.Sprintf("% x", canary),
	} {
		if strings.Contains(text, form) {
			return true
		}
	}
	return false
}

// printed is v in every verb and encoding that might be used on it.
func printed(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	for _, verb := range "vsqxXdobcUeEfFgGtTp" {
		for _, flags := range []string{"", "+", "#", " ", "0", "-9.3"} {
			fmt.Fprintf(&b, "%"+flags+string(verb)+"\n", v)
		}
	}
	fmt.Fprintln(&b, v)
	data, err := json.Marshal(v)
	fmt.Fprintln(&b, string(data), err)
	data, err = xml.Marshal(v)
	fmt.Fprintln(&b, string(data), err)
	err = gob.NewEncoder(&b).Encode(v)
	fmt.Fprintln(&b, err)
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "v", v, slog.Group("g", "v", v))
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "v", v)
	b.WriteString(cmp.Diff(fmt.Sprint(v), "x"))
	return b.String()
}

// TestS27Secrets plants a canary and searches everything that can be printed.
func TestS27Secrets(t *testing.T) {
	t.Parallel()
	if !shows(fmt.Sprint(canary)) || !shows(fmt.Sprintf("%x", canary)) || !shows(fmt.Sprint([]byte(canary))) {
		t.Fatal("the search finds nothing")
	}
	text := sound + "username = 'ada'\npassword = '" + canary + "'\nproxy = 'http://u:" + canary + "@p.example'\n" +
		"[remote.t]\nlike = 'b'\nauth = 'bearer'\ntoken = '" + canary + "'\n"
	c := load(t, strings.Replace(text, "https://", "https://ada:"+canary+"@", 1))
	from := c.Resolver(vars(t), nil)
	login, err := c.Remotes["t"].Login(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	type exported struct{ S Secret }
	type unexported struct{ s Secret }
	s := NewSecret(canary)
	for name, v := range map[string]any{
		"secret": s, "pointer": &s, "slice": []Secret{s}, "map": map[string]Secret{"a": s}, "exported field": exported{s}, "unexported field": unexported{s},
		"value": c.Remotes["b"].Password, "remote": *c.Remotes["b"], "remote pointer": c.Remotes["t"], "config": *c, "config pointer": c,
		"login": *login, "login pointer": login, "resolver": from, "error": fmt.Errorf("x: %w", &ResolveError{"k", fmt.Errorf("%v", s)}),
	} {
		if out := printed(t, v); shows(out) {
			t.Errorf("%s shows the secret:\n%s", name, out)
		}
	}
	for name, out := range map[string]string{"json": string(c.Render(true)), "toml": string(c.Render(false)), "warnings": strings.Join(c.Warnings, "\n")} {
		if shows(out) {
			t.Errorf("%s shows the secret:\n%s", name, out)
		}
	}
	if login.Token.Reveal() != canary || login.Proxy.Reveal() != "http://u:"+canary+"@p.example" {
		t.Error("Reveal does not give it back")
	}
}

// TestSecretForms holds what a secret looks like.
func TestSecretForms(t *testing.T) {
	t.Parallel()
	s := NewSecret(canary)
	for _, got := range []string{fmt.Sprintf("%v", s), fmt.Sprintf("%#v", s), fmt.Sprintf("%x", s), fmt.Sprintf("%-20d", s), s.String(), s.GoString()} {
		if got != hidden {
			t.Errorf("prints as %q", got)
		}
	}
	if data, err := json.Marshal(map[string]any{"a": s}); err != nil || string(data) != `{"a":"***"}` {
		t.Errorf("json = %s, %v", data, err)
	}
	if text, err := s.MarshalText(); err != nil || string(text) != hidden {
		t.Errorf("text = %s, %v", text, err)
	}
	if !s.Equal(NewSecret(canary)) || s.Equal(NewSecret("x")) || s.Empty() || !(Secret{}).Empty() || (Secret{}).Reveal() != "" {
		t.Error("Equal or Empty is wrong")
	}
}

// TestValueForms: what is no secret is shown, a source by its name.
func TestValueForms(t *testing.T) {
	t.Parallel()
	c := load(t, sound+"username = 'ada'\npassword = { command = ['pass', '"+canary+"'] }\n")
	b := c.Remotes["b"]
	for want, v := range map[string]Value{"ada": b.Username, "from command": b.Password, "": b.Token, "https://c.example/": b.URL} {
		if got := fmt.Sprintf("%v|%s|%q", v, v, v); got != want+"|"+want+"|"+want {
			t.Errorf("prints as %q, want %q", got, want)
		}
		if data, err := json.Marshal(v); err != nil || string(data) != `"`+want+`"` {
			t.Errorf("json = %s, %v; want %q", data, err, want)
		}
	}
	if out := printed(t, b); shows(out) {
		t.Errorf("the arguments of a command are printed:\n%s", out)
	}
}

// TestS27Messages puts the canary where a password may stand by mistake; no message of Load holds it.
func TestS27Messages(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		sound + "password = " + canary + "\n",
		sound + "password = '" + canary + "\n",
		sound + "password = \"" + canary + "\\q\"\n",
		sound + "password = t" + canary + "\n",
		sound + "password = 5" + canary + "\n",
		sound + "password = '" + canary + "' " + canary + "\n",
		sound + "password = ['" + canary + "']\n",
		sound + "password = { command = '" + canary + "' }\n",
		sound + "password = { shell = ['" + canary + "'] }\n",
		sound + "password = { env = '$" + canary + "' }\n",
		sound + "password = { command = ['./" + canary + "'] }\n",
		sound + "password = { command = ['pass " + canary + "'] }\n",
		sound + "password = { value = '" + canary + "' }\n",
		sound + "password = { file = '~" + canary + "' }\n",
		sound + "password = '" + canary + "'\npassword = '" + canary + "'\n",
		sound + "token = '" + canary + "'\n",
		sound + "password = '" + canary + "'\n",
		sound + "proxy = 'ftp://u:" + canary + "@x'\n",
		sound + "proxy = 'http://u:" + canary + "%zz@x'\n",
		sound + "client_secret = '" + canary + "'\n",
		sound + "origins = ['https://u:" + canary + "@x']\n",
		strings.Replace(sound, "https://", "ftp://u:"+canary+"@", 1),
		strings.Replace(sound, "https://", "https://u:"+canary+" @", 1),
		strings.Replace(sound, "https://", "https://u:"+canary+"%zz@", 1),
		strings.Replace(sound, "https://", "http://u:"+canary+"@", 1),
		strings.Replace(sound, "https://", "u:"+canary+"@", 1),
		sound + "collections = { a = 'ftp://u:" + canary + "@x/' }\n",
		sound + "collections = ['https://u:" + canary + "@x/']\n",
	} {
		_, err := Load(file(t, text), vars(t))
		if err == nil {
			t.Errorf("Load took\n%s", text)
			continue
		}
		if out := fmt.Sprintf("%v %+v %#v", err, err, err); shows(out) {
			t.Errorf("%s\nfor\n%s", err, text)
		}
	}
}

// TestRenderFetchesNothing: Render does not fetch what is in a variable or a file.
func TestRenderFetchesNothing(t *testing.T) {
	t.Parallel()
	ran := t.TempDir() + "/ran"
	c := load(t, sound+"username = { env = 'PW' }\npassword = { shell = 'touch "+ran+"' }\n", "PW", canary)
	if out := string(c.Render(true)) + string(c.Render(false)); shows(out) {
		t.Errorf("Render shows a variable:\n%s", out)
	}
	if _, err := os.Lstat(ran); err == nil {
		t.Error("V63: Render ran the shell line")
	}
}
