package main

import (
	"os"
	"path/filepath"
	"testing"

	"vgit/cmd/config"
)

func TestAccountNames(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://nextcloud.example.org/remote.php/dav":              "nextcloud",
		"https://dav.fruux.com/":                                    "fruux",
		"https://caldav.calendar.example.org:8443/x":                "example",
		"ada@fastmail.com":                                          "fastmail",
		"https://Posteo.de:8443":                                    "posteo",
		"cloud.example.org":                                         "cloud",
		"https://192.168.1.7/dav/":                                  "server",
		"http://[::1]:5232/":                                        "server",
		"http://localhost:5232/":                                    "server",
		"http://127.0.0.1:5232/":                                    "server",
		"https://here.example/":                                     "example",
		"https://日本.jp/":                                            "jp",
		"https://-a_very.long-label-that-goes-on-and-on-and-on.de/": "avery",
		"": "server",
	} {
		got := accountName(address)
		if got != want {
			t.Errorf("accountName(%q) = %q, want %q", address, got, want)
		}
		text := config.Template(config.Answers{Parts: []config.Part{{Name: "contacts", Remote: got + "-contacts", Kind: config.Contacts, Path: "~/x", URL: "https://x.example/"}}})
		path := filepath.Join(t.TempDir(), "config.toml")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := config.Load(path, func(k string) string { return map[string]string{"HOME": t.TempDir()}[k] }); err != nil {
			t.Errorf("%q makes a configuration that does not load: %v", address, err)
		}
	}
}
