// Package disktest is a disk.Dir over the real one that tests can look at and break: it logs every operation, lets one
// fail, cuts a write short, kills all that follows, or runs a function in between; Replay builds from the log what a
// power loss may leave. Nothing is made durable for real: that would take most of the time of a test, and prove nothing.
package disktest

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"vgit/repo/disk"
)

// ErrKilled is what every operation gives once the disk was killed: to what runs above it, the process is dead.
var ErrKilled = errors.New("killed by the test")

// Kind is the method of disk.Dir or disk.File that was called.
type Kind string

// The operations that change something, or make a change durable, count as durable and are numbered. "open" is Open,
// "read" is ReadFile, File.Read or File.ReadAt, and the rest is like the method.
const (
	Open    Kind = "open"
	Read    Kind = "read"
	ReadDir Kind = "readdir"
	Lstat   Kind = "lstat"
	Stat    Kind = "stat" // File.Info
	Sub     Kind = "sub"

	Create    Kind = "create"
	Append    Kind = "append"
	Write     Kind = "write"
	Sync      Kind = "sync"
	Chmod     Kind = "chmod"
	Rename    Kind = "rename"
	RenameNew Kind = "renamenew"
	Link      Kind = "link"
	Exchange  Kind = "exchange"
	Remove    Kind = "remove"
	Mkdir     Kind = "mkdir"
	Chtimes   Kind = "chtimes"
	SyncDir   Kind = "syncdir"
	SyncFS    Kind = "syncfs"
	Lock      Kind = "lock"
)

// Durable says whether operations of this kind are numbered.
func (k Kind) Durable() bool {
	return !slices.Contains([]Kind{Open, Read, ReadDir, Lstat, Stat, Sub}, k)
}

// Op is one operation. Names are relative to the base of the disk.
type Op struct {
	N        int // its number among the durable ones, from 1; 0 for the others
	Kind     Kind
	Name, To string      // To: of Rename, RenameNew, Link, Exchange
	Data     []byte      // of Write: what was really written
	Perm     fs.FileMode // of Create, Append, Chmod, Mkdir, Lock
	Handle   int         // of Create, Append, Write, Sync, Chmod: which open file
	Err      error       // what came back
}

func (op Op) String() string {
	s := fmt.Sprintf("%d %s %s", op.N, op.Kind, op.Name)
	if op.To != "" {
		s += " -> " + op.To
	}
	if op.Kind == Write {
		s += fmt.Sprintf(" (%d bytes)", len(op.Data))
	}
	if op.Err != nil {
		s += ": " + op.Err.Error()
	}
	return s
}

// Disk is one machine's disk below a base directory. All its methods may be called at any time from any goroutine.
type Disk struct {
	base string

	mu      sync.Mutex
	log     []Op
	count   int
	handles int
	dead    bool
	before  func(Op) error
	after   func(Op)
}

// New returns the disk below base, an existing directory, with an empty log.
func New(base string) *Disk { return &Disk{base: filepath.Clean(base)} }

// Open is disk.Open for paths at or below the base; all that is opened writes to one log.
func (d *Disk) Open(name string) (disk.Dir, error) {
	rel, err := filepath.Rel(d.base, name)
	if err != nil || rel == ".." || strings.HasPrefix(rel, "../") {
		return nil, fmt.Errorf("disktest: %s is not below %s", name, d.base)
	}
	inner, err := disk.Open(name)
	if err != nil {
		return nil, err
	}
	return &dir{Dir: inner, d: d, prefix: filepath.ToSlash(rel)}, nil
}

// Log is what was done so far, in order.
func (d *Disk) Log() []Op {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.log)
}

// Durable is how many durable operations were asked for so far.
func (d *Disk) Durable() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.count
}

// Before sets a function that runs before each operation. If it returns an error, the operation is not done and gives
// that error; if that is ErrKilled, nothing is done from there on; if it is Short, half of a write is done first. The
// function does its own work with package os. It replaces the one before, FailAt, ShortAt and KillAt included.
func (d *Disk) Before(f func(Op) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.before = f
}

// After sets a function that runs after each operation that succeeded.
func (d *Disk) After(f func(Op)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.after = f
}

// Short is an error that lets half of a write happen. All else fails with it in whole.
type Short struct{ Err error }

func (s Short) Error() string { return s.Err.Error() }
func (s Short) Unwrap() error { return s.Err }

// FailAt lets the n-th durable operation fail.
func (d *Disk) FailAt(n int, err error) {
	d.Before(func(op Op) error {
		if op.N == n {
			return err
		}
		return nil
	})
}

// ShortAt lets the n-th durable operation fail; if it is a write, half of it is done.
func (d *Disk) ShortAt(n int, err error) { d.FailAt(n, Short{err}) }

// KillAt stops everything in front of the n-th durable operation; if that is a write, half of it is done.
func (d *Disk) KillAt(n int) { d.ShortAt(n, ErrKilled) }

// begin numbers an operation and asks the hook.
func (d *Disk) begin(op *Op) error {
	d.mu.Lock()
	if op.Kind.Durable() && !d.dead {
		d.count++
		op.N = d.count
	}
	dead, before := d.dead, d.before
	d.mu.Unlock()
	if dead {
		return ErrKilled
	}
	if before == nil {
		return nil
	}
	err := before(*op)
	if errors.Is(err, ErrKilled) {
		d.mu.Lock()
		d.dead = true
		d.mu.Unlock()
	}
	return err
}

// do does an operation unless the hook minds. What changes something is done one after the other, so that the log has
// the order in which it really happened.
func (d *Disk) do(op Op, call func() error) error {
	err := d.begin(&op)
	d.mu.Lock()
	if err == nil && !op.Kind.Durable() {
		d.mu.Unlock()
		err = call()
		d.mu.Lock()
	} else if err == nil {
		err = call()
	}
	op.Err = err
	d.log = append(d.log, op)
	after := d.after
	d.mu.Unlock()
	if err == nil && after != nil {
		after(op)
	}
	return err
}

// handle gives an open file its number.
func (d *Disk) handle() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.handles++
	return d.handles
}

// dir is one opened tree.
type dir struct {
	disk.Dir
	d      *Disk
	prefix string
}

func (v *dir) full(name string) string { return path.Join(v.prefix, name) }

func (v *dir) one(k Kind, name string, call func() error) error {
	return v.d.do(Op{Kind: k, Name: v.full(name)}, call)
}

func (v *dir) two(k Kind, from, to string, call func(from, to string) error) error {
	return v.d.do(Op{Kind: k, Name: v.full(from), To: v.full(to)}, func() error { return call(from, to) })
}

func (v *dir) open(k Kind, name string, perm fs.FileMode, call func() (disk.File, error)) (disk.File, error) {
	f := &file{d: v.d, name: v.full(name), handle: v.d.handle()}
	err := v.d.do(Op{Kind: k, Name: f.name, Perm: perm, Handle: f.handle}, func() (err error) {
		f.File, err = call()
		return err
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (v *dir) Open(name string) (disk.File, error) {
	return v.open(Open, name, 0, func() (disk.File, error) { return v.Dir.Open(name) })
}

func (v *dir) Create(name string, perm fs.FileMode) (disk.File, error) {
	return v.open(Create, name, perm, func() (disk.File, error) { return v.Dir.Create(name, perm) })
}

func (v *dir) Append(name string, perm fs.FileMode) (disk.File, error) {
	return v.open(Append, name, perm, func() (disk.File, error) { return v.Dir.Append(name, perm) })
}

func (v *dir) ReadFile(name string) (b []byte, err error) {
	err = v.one(Read, name, func() (err error) { b, err = v.Dir.ReadFile(name); return err })
	return b, err
}

func (v *dir) ReadDir(name string) (list []fs.DirEntry, err error) {
	err = v.one(ReadDir, name, func() (err error) { list, err = v.Dir.ReadDir(name); return err })
	return list, err
}

func (v *dir) Lstat(name string) (info disk.Info, err error) {
	err = v.one(Lstat, name, func() (err error) { info, err = v.Dir.Lstat(name); return err })
	return info, err
}

func (v *dir) Rename(from, to string) error { return v.two(Rename, from, to, v.Dir.Rename) }

func (v *dir) RenameNew(from, to string) error { return v.two(RenameNew, from, to, v.Dir.RenameNew) }

func (v *dir) Link(from, to string) error { return v.two(Link, from, to, v.Dir.Link) }

func (v *dir) Exchange(a, b string) error { return v.two(Exchange, a, b, v.Dir.Exchange) }

func (v *dir) Remove(name string) error {
	return v.one(Remove, name, func() error { return v.Dir.Remove(name) })
}

func (v *dir) Mkdir(name string, perm fs.FileMode) error {
	return v.d.do(Op{Kind: Mkdir, Name: v.full(name), Perm: perm}, func() error { return v.Dir.Mkdir(name, perm) })
}

func (v *dir) Chtimes(name string, mtime time.Time) error {
	return v.one(Chtimes, name, func() error { return v.Dir.Chtimes(name, mtime) })
}

// SyncDir only looks whether it could.
func (v *dir) SyncDir(name string) error {
	return v.one(SyncDir, name, func() error {
		info, err := v.Dir.Lstat(name)
		if err == nil && !info.Mode.IsDir() {
			err = &fs.PathError{Op: "sync", Path: name, Err: syscall.ENOTDIR}
		}
		return err
	})
}

func (v *dir) SyncFS() error { return v.one(SyncFS, ".", func() error { return nil }) }

func (v *dir) Lock(name string, perm fs.FileMode) (unlock func() error, err error) {
	err = v.d.do(Op{Kind: Lock, Name: v.full(name), Perm: perm}, func() (err error) {
		unlock, err = v.Dir.Lock(name, perm)
		return err
	})
	return unlock, err
}

func (v *dir) Sub(name string) (disk.Dir, error) {
	sub := &dir{d: v.d, prefix: v.full(name)}
	err := v.one(Sub, name, func() (err error) { sub.Dir, err = v.Dir.Sub(name); return err })
	if err != nil {
		return nil, err
	}
	return sub, nil
}

// file is one open file. Close is not an operation: a dead process closes its files too.
type file struct {
	disk.File
	d      *Disk
	name   string
	handle int
}

func (f *file) op(k Kind) Op { return Op{Kind: k, Name: f.name, Handle: f.handle} }

func (f *file) Read(b []byte) (n int, err error) {
	err = f.d.do(f.op(Read), func() (err error) { n, err = f.File.Read(b); return err })
	return n, err
}

func (f *file) ReadAt(b []byte, off int64) (n int, err error) {
	err = f.d.do(f.op(Read), func() (err error) { n, err = f.File.ReadAt(b, off); return err })
	return n, err
}

// Write logs what was written, which may be less than was asked for.
func (f *file) Write(b []byte) (n int, err error) {
	op := f.op(Write)
	op.Data = b
	refused := f.d.begin(&op)
	if errors.As(refused, new(Short)) {
		b = b[:len(b)/2]
	} else if refused != nil {
		b = nil
	}
	f.d.mu.Lock()
	if b != nil {
		n, err = f.File.Write(b)
	}
	if refused != nil {
		err = refused
	}
	op.Data, op.Err = slices.Clone(b[:n]), err
	f.d.log = append(f.d.log, op)
	after := f.d.after
	f.d.mu.Unlock()
	if err == nil && after != nil {
		after(op)
	}
	return n, err
}

func (f *file) Sync() error { return f.d.do(f.op(Sync), func() error { return nil }) }

func (f *file) Info() (info disk.Info, err error) {
	err = f.d.do(f.op(Stat), func() (err error) { info, err = f.File.Info(); return err })
	return info, err
}

func (f *file) Chmod(perm fs.FileMode) error {
	op := f.op(Chmod)
	op.Perm = perm
	return f.d.do(op, func() error { return f.File.Chmod(perm) })
}
