package nettest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// Authority signs certificates.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// Pair is a certificate with its key.
type Pair struct {
	tls.Certificate
	CertPEM, KeyPEM []byte
}

// NewAuthority makes an authority that nobody knows. It ends in a hundred years.
func NewAuthority() *Authority {
	now := time.Now()
	key, raw := sign(&x509.Certificate{Subject: pkix.Name{CommonName: "nettest authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: now.AddDate(-50, 0, 0), NotAfter: now.AddDate(100, 0, 0)}, nil)
	return &Authority{must(x509.ParseCertificate(raw)), key}
}

// Pool is a pool of this authority alone.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// PEM is the authority's certificate as a file has it.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// Server makes a certificate for a server of these names and addresses, valid today.
func (a *Authority) Server(names ...string) *Pair {
	return a.Valid(time.Now().Add(-time.Hour), time.Now().Add(time.Hour), names...)
}

// Valid is Server with other dates.
func (a *Authority) Valid(from, to time.Time, names ...string) *Pair {
	c := &x509.Certificate{Subject: pkix.Name{CommonName: "nettest server"}, NotBefore: from, NotAfter: to, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, name)
		}
	}
	return a.pair(c)
}

// Client makes a certificate for a client.
func (a *Authority) Client(name string) *Pair {
	return a.pair(&x509.Certificate{Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
}

func (a *Authority) pair(c *x509.Certificate) *Pair {
	key, raw := sign(c, a)
	pkcs8 := must(x509.MarshalPKCS8PrivateKey(key))
	p := &Pair{CertPEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), KeyPEM: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})}
	p.Certificate = must(tls.X509KeyPair(p.CertPEM, p.KeyPEM))
	return p
}

// Fingerprint is that of the certificate in small hex digits: "MD5", "SHA1" or "SHA256".
func (p *Pair) Fingerprint(algorithm string) string {
	switch raw := p.Certificate.Certificate[0]; algorithm {
	case "MD5":
		return fmt.Sprintf("%x", md5.Sum(raw))
	case "SHA1":
		return fmt.Sprintf("%x", sha1.Sum(raw))
	default:
		return fmt.Sprintf("%x", sha256.Sum256(raw))
	}
}

// sign makes a key and a certificate for it, signed by a, or by itself.
func sign(c *x509.Certificate, a *Authority) (*ecdsa.PrivateKey, []byte) {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	c.SerialNumber = must(rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100)))
	parent, signer := c, key
	if a != nil {
		parent, signer = a.cert, a.key
	}
	return key, must(x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer))
}

// must is for what fails only where there is no randomness.
func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("nettest: %v", err))
	}
	return v
}
