package config

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vgit/remote/nettest"
)

// TestS21Fingerprints: the spellings of one fingerprint.
func TestS21Fingerprints(t *testing.T) {
	t.Parallel()
	const md5, sha1 = "0123456789abcdef0123456789abcdef", "94fd7acb5075a469820af823df07fc693ecd90ca"
	const sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	colons := "94:FD:7A:CB:50:75:A4:69:82:0A:F8:23:DF:07:FC:69:3E:CD:90:CA"
	for in, want := range map[string]string{
		md5: md5, sha1: sha1, sha256: sha256, strings.ToUpper(sha256): sha256,
		colons: sha1, strings.ReplaceAll(colons, ":", " "): sha1, " " + colons + "\n": sha1,
		"SHA1 Fingerprint=" + colons: sha1, "sha1 Fingerprint=" + colons: sha1, "SHA-256 Fingerprint=" + sha256: sha256, "sha256 fingerprint = " + sha256: sha256,
		"MD5 Fingerprint=" + md5: md5,
		"":                       "", " ": "", ":": "", "SHA1 Fingerprint=": "", sha1[1:]: "", sha1 + "0": "", "x" + sha1[1:]: "", "SHA256 Fingerprint=" + sha1: "", "0x" + sha1: "",
		"sha256//" + sha256: "",
	} {
		if got, what := parseFingerprint(in); got != want || (what == "") != (want != "") {
			t.Errorf("%q gives %q, %q; want %q", in, got, what, want)
		}
	}
	c := load(t, sound+"tls_fingerprint = '"+colons+"'\n")
	if got := c.Remotes["b"].Trust; !slices.Equal(got.Fingerprints, []string{sha1}) || !got.Verify || !got.WeakPins() {
		t.Errorf("%+v", got)
	}
	if c := load(t, sound+"tls_fingerprint = ['"+sha256+"']\n"); c.Remotes["b"].Trust.WeakPins() {
		t.Error("SHA-256 is called weak")
	}
}

// login loads a remote with more lines, and fetches its login.
func login(t *testing.T, lines string) (*Login, error) {
	t.Helper()
	c := load(t, sound+lines)
	return c.Remotes["b"].Login(t.Context(), c.Resolver(vars(t), nil))
}

// TestTrustFiles: authorities and client certificates, and what is wrong with them, each by its key and without a byte of it.
func TestTrustFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string, parts ...[]byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, slices.Concat(parts...), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ca := nettest.NewAuthority()
	ada, eve := ca.Client("ada"), ca.Client("eve")
	block, _ := pem.Decode(ada.KeyPEM)
	block.Type, block.Bytes = "ENCRYPTED PRIVATE KEY", []byte("a cipher text")
	authority, cert, key := write("ca", ca.PEM()), write("cert", ada.CertPEM), write("key", ada.KeyPEM)
	both, locked, none := write("both", ada.KeyPEM, ada.CertPEM), write("locked", pem.EncodeToMemory(block)), write("none", []byte("canary"))
	other := write("other", eve.KeyPEM)
	for lines, want := range map[string]string{
		"tls_ca = '" + authority + "'": "", "tls_ca = '" + authority + "'\ntls_system_ca = false": "",
		"tls_client_cert = '" + both + "'":                                    "",
		"tls_client_cert = '" + cert + "'\ntls_client_key = '" + key + "'":    "",
		"tls_ca = '" + none + "'":                                             "remote.b.tls_ca: " + none + ": holds no certificate (in PEM)",
		"tls_ca = '" + dir + "/gone'":                                         "remote.b.tls_ca: " + dir + "/gone: no such file or directory",
		"tls_client_cert = '" + cert + "'":                                    "remote.b.tls_client_cert: " + cert + ": holds no private key (in PEM)",
		"tls_client_cert = '" + cert + "'\ntls_client_key = '" + locked + "'": "remote.b.tls_client_key: " + locked + ": the key has a passphrase, and none can be given",
		"tls_client_cert = '" + cert + "'\ntls_client_key = '" + other + "'":  "remote.b.tls_client_key: " + other + ": private key does not match public key",
		"tls_client_cert = '" + none + "'\ntls_client_key = '" + key + "'":    "failed to find any PEM data in certificate input",
		"tls_client_cert = '" + cert + "'\ntls_client_key = '/gone'":          "remote.b.tls_client_key: /gone: no such file or directory",
	} {
		l, err := login(t, lines+"\n")
		if (want == "") != (err == nil) || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary")) {
			t.Errorf("%s:\n%v\nwant %q", lines, err, want)
			continue
		}
		if err == nil && strings.Contains(lines, "tls_client_cert") != (l.Own != nil) {
			t.Errorf("%s: own certificate %v", lines, l.Own)
		}
		if err == nil && strings.Contains(lines, "tls_ca") {
			leaf, _ := x509.ParseCertificate(ca.Server("x.example").Certificate.Certificate[0])
			if _, err := leaf.Verify(x509.VerifyOptions{Roots: l.Roots}); err != nil {
				t.Errorf("%s: %v", lines, err)
			}
		}
	}
	if l, err := login(t, "tls_ca = '"+authority+"'\ntls_system_ca = false\n"); err != nil || !l.Roots.Equal(ca.Pool()) {
		t.Errorf("other authorities than that of the file count: %v", err)
	}
}

// TestS26KeyFiles: where the key of a client certificate may lie, and who may read it.
func TestS26KeyFiles(t *testing.T) {
	t.Parallel()
	ada := nettest.NewAuthority().Client("ada")
	dir := t.TempDir()
	cert, key, both := filepath.Join(dir, "cert"), filepath.Join(dir, "key"), filepath.Join(dir, "both")
	for path, data := range map[string][]byte{cert: ada.CertPEM, key: ada.KeyPEM, both: append(ada.CertPEM, ada.KeyPEM...)} {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for lines, warns := range map[string]bool{
		"tls_client_cert = '" + both + "'\n":                                 true,
		"tls_client_cert = '" + cert + "'\ntls_client_key = '" + key + "'\n": true,
		"tls_client_cert = '" + cert + "'\n":                                 false, // anybody may read that
	} {
		c := load(t, sound+lines)
		if warns != (len(c.Warnings) == 1 && strings.Contains(c.Warnings[0], "others can read the file; chmod 600")) {
			t.Errorf("%s: warnings %q", lines, c.Warnings)
		}
	}
	inside := strings.Replace(sound, "kind =", "path = '"+dir+"'\nkind =", 1)
	for _, lines := range []string{"tls_client_cert = '" + both + "'\n", "tls_client_cert = '" + cert + "'\ntls_client_key = '" + key + "'\n"} {
		if _, err := Load(file(t, inside+lines), vars(t)); err == nil || !strings.Contains(err.Error(), "lies inside the vdir") {
			t.Errorf("S28: a key in a vdir: %v", err)
		}
	}
}
