package config

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
)

// Trust says by what a remote knows its server, and with what the server knows us.
type Trust struct {
	Verify       bool     // authority, name and date of the certificate are checked
	Fingerprints []string // one of them is that of the server's certificate: MD5, SHA-1 or SHA-256 in small hex digits
	CA           string   // file of authorities; "": none but the system's
	SystemCA     bool     // the system's authorities count, too
	ClientCert   string   // file of our certificate; "": none
	ClientKey    string   // file of its key; "": it is in ClientCert
}

// WeakPins tells whether a fingerprint is of a kind that can be forged.
func (t Trust) WeakPins() bool {
	for _, pin := range t.Fingerprints {
		if len(pin) < 64 {
			return true
		}
	}
	return false
}

// hashNames are the algorithms of a fingerprint by the number of its digits.
var hashNames = map[int]string{32: "MD5", 40: "SHA1", 64: "SHA256"}

// parseFingerprint reads a fingerprint as people write it: with or without colons and blanks, in any case, or as the whole
// line that openssl x509 -fingerprint prints.
func parseFingerprint(s string) (digits, what string) {
	label, hex, labelled := strings.Cut(s, "=")
	if !labelled {
		label, hex = "", s
	}
	digits = strings.Map(func(c rune) rune {
		if strings.ContainsRune(": \t\r\n", c) {
			return -1
		}
		return c
	}, strings.ToLower(hex))
	name, known := hashNames[len(digits)]
	const forms = "expected the MD5, SHA-1 or SHA-256 of the server's certificate: 32, 40 or 64 hex digits"
	switch {
	case digits == "":
		return "", "is empty; leave the key out, or write the fingerprint that vgit check shows"
	case !known || strings.Trim(digits, "0123456789abcdef") != "":
		return "", forms
	}
	algorithm := strings.NewReplacer(" ", "", "-", "", "FINGERPRINT", "").Replace(strings.ToUpper(label))
	if algorithm != "" && algorithm != name {
		return "", fmt.Sprintf("the line says %s, and has the %d digits of %s", strings.TrimSpace(label), len(digits), name)
	}
	return digits, ""
}

// pins is one fingerprint or a list of them.
type pins struct{}

func (pins) read(r *reader, at place, n *node) (any, bool) {
	texts, lines := []string{n.text}, []int{n.line}
	if n.kind != isString {
		got, ok := words{}.read(r, at, n)
		if !ok {
			return nil, false
		}
		texts, lines = got.([]string), nil
		for _, item := range n.items {
			lines = append(lines, item.line)
		}
	}
	all, ok := []string{}, true
	for i, text := range texts {
		digits, what := parseFingerprint(text)
		if what != "" {
			r.fail(lines[i], at.full, "%q: %s", at.name, what)
			ok = false
		}
		all = append(all, digits)
	}
	return all, ok
}

// document is the path of a file, made absolute; "" is none.
type document struct{}

func (document) read(r *reader, at place, n *node) (any, bool) {
	if n.kind == isString && n.text == "" {
		return "", true
	}
	return directory{}.read(r, at, n)
}

// trust checks the keys of TLS against each other.
func (r *reader) trust(t table) {
	file := func(name string) string { return get[string](t.settings, name) }
	fail := func(name, format string) {
		if s := t.settings[name]; s.like == "" {
			r.fail(s.line, s.full, format, name)
		}
	}
	if s := t.settings["tls_system_ca"]; s.value == false && file("tls_ca") == "" && get[bool](t.settings, "tls_verify") {
		fail("tls_system_ca", "%q = false leaves no authority; set tls_ca")
	}
	if file("tls_client_key") != "" && file("tls_client_cert") == "" {
		fail("tls_client_key", "%q is used with tls_client_cert only")
	}
}

// load reads the files: the authorities, nil for the system's, and our certificate, nil for none. Its error is about one key.
func (t Trust) load() (roots *x509.CertPool, own *tls.Certificate, key string, err error) {
	if t.CA != "" {
		roots = x509.NewCertPool()
		if t.SystemCA {
			if system, err := x509.SystemCertPool(); err == nil {
				roots = system // a copy
			}
		}
		data, err := readAll(t.CA)
		if err == nil && !roots.AppendCertsFromPEM(data) {
			err = errors.New("holds no certificate (in PEM)")
		}
		if err != nil {
			return nil, nil, "tls_ca", fmt.Errorf("%s: %s", t.CA, reason(err))
		}
	}
	if t.ClientCert == "" {
		return roots, nil, "", nil
	}
	cert, err := readAll(t.ClientCert)
	if err != nil {
		return nil, nil, "tls_client_cert", fmt.Errorf("%s: %s", t.ClientCert, reason(err))
	}
	secret, where, name := cert, t.ClientCert, "tls_client_cert"
	if t.ClientKey != "" {
		where, name = t.ClientKey, "tls_client_key"
		if secret, err = readAll(where); err != nil {
			return nil, nil, name, fmt.Errorf("%s: %s", where, reason(err))
		}
	}
	pair, err := tls.X509KeyPair(cert, secret)
	if err != nil {
		return nil, nil, name, fmt.Errorf("%s: %s", where, keyTrouble(secret, err))
	}
	return roots, &pair, "", nil
}

// keyTrouble says why a key cannot be used, without a byte of it.
func keyTrouble(data []byte, err error) string {
	found := false
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
			return "the key has a passphrase, and none can be given; take it off with: openssl pkey -in FILE -out FILE.plain"
		}
		found = found || strings.HasSuffix(block.Type, "PRIVATE KEY")
	}
	if !found {
		return "holds no private key (in PEM)"
	}
	return strings.TrimPrefix(err.Error(), "tls: ")
}

// secretKeys looks where the keys of client certificates lie (S26, S28).
func (r *reader) secretKeys(t table, vdirs []table, report func(line int, format string, args ...any)) {
	name := "tls_client_key"
	if get[string](t.settings, name) == "" {
		name = "tls_client_cert"
	}
	s := t.settings[name]
	path := get[string](t.settings, name)
	if path == "" || s.line == 0 || s.like != "" {
		return
	}
	if data, err := os.ReadFile(path); name == "tls_client_cert" && (err != nil || !strings.Contains(string(data), "PRIVATE KEY")) {
		return // load says that there is no key
	}
	r.secretFile(s, path, vdirs, report)
}
