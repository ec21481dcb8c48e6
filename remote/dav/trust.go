package dav

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Certificate is what a server shows of itself, and how that was looked at.
type Certificate struct {
	SHA256   string    // of the certificate, as openssl writes it
	Subject  string    // the names that it is for
	Issuer   string    // who signed it
	NotAfter time.Time // when it ends
}

// trust decides whether a server is the one that it says it is, and remembers what the last one showed.
type trust struct {
	pins  []string
	now   func() time.Time
	shows bool // a client certificate

	mu  sync.Mutex
	saw *x509.Certificate
}

// config is that of the transport. A pin is looked at in VerifyConnection, which resumed sessions do not bypass; there is
// no cache for them anyway (S21).
func (t *trust) config(o *Options) *tls.Config {
	config := &tls.Config{}
	if o.TLS != nil {
		config = o.TLS.Clone()
	}
	t.shows = len(config.Certificates) > 0
	config.MinVersion = max(config.MinVersion, tls.VersionTLS12)
	config.ClientSessionCache = nil
	config.InsecureSkipVerify = o.Unverified
	config.VerifyConnection = t.verify
	config.Time = o.Now
	return config
}

// verify holds the server's own certificate against the pins. Authority, name and date were looked at before, unless the
// configuration switched that off.
func (t *trust) verify(state tls.ConnectionState) error {
	leaf := state.PeerCertificates[0]
	t.mu.Lock()
	t.saw = leaf
	t.mu.Unlock()
	if len(t.pins) > 0 && !t.pinned(leaf) {
		return &pinError{wanted: t.pins, leaf: leaf}
	}
	return nil
}

// pinned tells whether a certificate has one of the fingerprints. Each is compared in constant time. One that is of no kind fits none.
func (t *trust) pinned(leaf *x509.Certificate) bool {
	found := 0
	for _, pin := range t.pins {
		if is := fingerprint(leaf, len(pin)); is != "" {
			found |= subtle.ConstantTimeCompare([]byte(pin), []byte(is))
		}
	}
	return found == 1
}

// fingerprint is the hash of a certificate that has so many hex digits, "" if there is none.
func fingerprint(leaf *x509.Certificate, digits int) string {
	switch digits {
	case 2 * md5.Size:
		sum := md5.Sum(leaf.Raw)
		return hex.EncodeToString(sum[:])
	case 2 * sha1.Size:
		sum := sha1.Sum(leaf.Raw)
		return hex.EncodeToString(sum[:])
	case 2 * sha256.Size:
		sum := sha256.Sum256(leaf.Raw)
		return hex.EncodeToString(sum[:])
	}
	return ""
}

// colons writes hex digits as openssl does.
func colons(digits string) string {
	var b strings.Builder
	for i := 0; i+1 < len(digits); i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(strings.ToUpper(digits[i : i+2]))
	}
	return b.String()
}

func shownFingerprint(leaf *x509.Certificate) string {
	return colons(fingerprint(leaf, 2*sha256.Size))
}

// pinError is a certificate that is not the one that the configuration names.
type pinError struct {
	wanted []string
	leaf   *x509.Certificate
}

func (e *pinError) Error() string {
	var wanted, seen []string
	for _, pin := range e.wanted {
		wanted = append(wanted, colons(pin))
	}
	seen = append(seen, "SHA-256 "+shownFingerprint(e.leaf))
	if len(e.wanted[0]) < 2*sha256.Size { // so that a person can compare what was written down
		seen = append(seen, colons(fingerprint(e.leaf, len(e.wanted[0]))))
	}
	return fmt.Sprintf("certificate: tls_fingerprint is %s, and the server shows another one: %s; if it has a new certificate, and you know from elsewhere that this is it, change tls_fingerprint",
		strings.Join(wanted, " or "), strings.Join(seen, ", "))
}

// certificateError is a certificate that does not stand up to the usual checks: what is wrong, and what helps.
type certificateError struct {
	err  *tls.CertificateVerificationError
	text string
}

func (e *certificateError) Error() string { return e.text }

func (e *certificateError) Unwrap() error { return e.err }

// explain makes words for a person of an error of TLS. Other errors come back as they are.
func (t *trust) explain(err error) error {
	var bad *tls.CertificateVerificationError
	var header tls.RecordHeaderError
	switch {
	case errors.As(err, &bad) && len(bad.UnverifiedCertificates) > 0:
		leaf := bad.UnverifiedCertificates[0]
		t.mu.Lock()
		t.saw = leaf
		t.mu.Unlock()
		text := "certificate: " + t.fault(bad.Err, leaf) + "; its SHA-256 is " + shownFingerprint(leaf)
		if t.pinned(leaf) {
			text += ", which is the tls_fingerprint: with tls_verify = false that is enough"
		}
		return &certificateError{bad, text}
	case errors.As(err, &header), errors.Is(err, http.ErrSchemeMismatch):
		return fmt.Errorf("this port does not speak TLS; is it an http:// address? (%w)", err)
	case refusedByServer(err) && !t.shows:
		return fmt.Errorf("%w; if the server wants a client certificate, set tls_client_cert", err)
	}
	return err
}

// refusedByServer tells an alert of TLS: the server ends the talk, as one does that wants a client certificate.
func refusedByServer(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}

// fault words what is wrong with a certificate (F39).
func (t *trust) fault(err error, leaf *x509.Certificate) string {
	const day = "2006-01-02"
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	var authority x509.UnknownAuthorityError
	switch now := t.now(); {
	case errors.As(err, &name):
		return fmt.Sprintf("it is for %s, not for %s", names509(leaf), cut(name.Host))
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != leaf && invalid.Cert != nil:
		return fmt.Sprintf("that of its authority holds from %s to %s, and the clock of this machine says %s", invalid.Cert.NotBefore.Format(day),
			invalid.Cert.NotAfter.Format(day), now.Format(day))
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Sprintf("it holds from %s to %s, and the clock of this machine says %s; if the clock is right, the server needs a new one",
			leaf.NotBefore.Format(day), leaf.NotAfter.Format(day), now.Format(day))
	case errors.As(err, &authority):
		return fmt.Sprintf("it is signed by %s, which this machine does not know as an authority; set tls_ca, or tls_fingerprint with tls_verify = false, if you know it", issuer(leaf))
	}
	return cut(err.Error())
}

// names509 are the names that a certificate is for.
func names509(leaf *x509.Certificate) string {
	list := append([]string{}, leaf.DNSNames...)
	for _, ip := range leaf.IPAddresses {
		list = append(list, ip.String())
	}
	if len(list) == 0 {
		list = []string{leaf.Subject.CommonName}
	}
	return cut(strings.Join(list, ", "))
}

func issuer(leaf *x509.Certificate) string {
	if leaf.Issuer.String() == leaf.Subject.String() {
		return "itself"
	}
	return `"` + cut(leaf.Issuer.String()) + `"`
}

// broken tells that a handshake ended for a reason that waiting does not heal: not the network, nor the end of the wait.
func broken(err error) bool {
	var network net.Error
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.Canceled) {
		return false
	}
	return refusedByServer(err) || !errors.As(err, &network)
}

// Certificate is what the server showed last, also if it was not believed. ok is false if there was no TLS.
func (r *Remote) Certificate() (c Certificate, ok bool) {
	if r.http == nil {
		return c, false
	}
	t := r.http.trust
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.saw == nil {
		return c, false
	}
	return Certificate{SHA256: shownFingerprint(t.saw), Subject: names509(t.saw), Issuer: cut(t.saw.Issuer.String()), NotAfter: t.saw.NotAfter}, true
}
