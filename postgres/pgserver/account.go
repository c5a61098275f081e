package pgserver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// rootHome is where the database of a superuser's copy goes when its data folder cannot be reached by the account
// PostgreSQL runs as, /root being closed to all others.
const rootHome = "/var/lib/marshrut"

// account is the operating system's user PostgreSQL runs as: it refuses to run as root.
type account struct {
	uid, gid int
	name     string
	// switched says that it is another user than the one this process runs as.
	switched bool
}

// accountFor is the owner of existing data, else the user we are, else, for root, `postgres` or `nobody`.
func accountFor(data string) (account, error) {
	self := account{uid: os.Geteuid(), gid: os.Getegid(), name: nameOf(os.Geteuid())}
	info, err := os.Stat(data)
	switch {
	case err == nil:
		return ownerOf(info, data, self)
	case !errors.Is(err, fs.ErrNotExist):
		return account{}, fmt.Errorf("look at the database's folder: %w", err)
	case self.uid != 0:
		return self, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if found, err := user.Lookup(name); err == nil {
			return fromEntry(found)
		}
	}
	return account{}, errors.New("PostgreSQL does not run as root, and there is no user `postgres` or `nobody`: run as another user")
}

func ownerOf(info fs.FileInfo, data string, self account) (account, error) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return self, nil
	}
	owner := account{uid: int(stat.Uid), gid: int(stat.Gid), name: nameOf(int(stat.Uid))}
	switch self.uid {
	case owner.uid:
		return self, nil
	case 0:
		owner.switched = true
		return owner, nil
	}
	return account{}, fmt.Errorf("the database in %s belongs to user %s: run as this user or root, or choose another MARSHRUT_DATA",
		data, owner.name)
}

func fromEntry(entry *user.User) (account, error) {
	uid, err := strconv.Atoi(entry.Uid)
	if err != nil {
		return account{}, fmt.Errorf("read the number of user %s: %w", entry.Username, err)
	}
	gid, err := strconv.Atoi(entry.Gid)
	if err != nil {
		return account{}, fmt.Errorf("read the group of user %s: %w", entry.Username, err)
	}
	return account{uid: uid, gid: gid, name: entry.Username, switched: true}, nil
}

func nameOf(uid int) string {
	entry, err := user.LookupId(strconv.Itoa(uid))
	if err != nil {
		return strconv.Itoa(uid)
	}
	return entry.Username
}

// attributes make a child run as the account, in a process group of its own: the terminal's Ctrl-C is sent to the whole
// group in the foreground, and must reach this process alone, which stops its children in the right order.
func (a account) attributes() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setpgid: true}
	if a.switched {
		attributes.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attributes
}

// own makes a folder the account's and nobody else's.
func (a account) own(dir string) error {
	if err := os.Chmod(dir, 0o700); err != nil {
		return err
	}
	if !a.switched {
		return nil
	}
	return os.Chown(dir, a.uid, a.gid)
}

// enters tries whether the account can work in a folder, by doing so.
func (a account) enters(ctx context.Context, dir string, p programs) error {
	cmd := exec.CommandContext(ctx, p.path("postgres"), "--version")
	cmd.Dir, cmd.SysProcAttr = dir, a.attributes()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("user %s, as whom PostgreSQL runs, cannot enter %s: %w", a.name, dir, err)
	}
	return nil
}

// home prepares the folder which holds the database, its socket and its log. It is dir itself, or where dir points to: a
// superuser's database is put into rootHome when the account cannot reach dir.
func (a account) home(ctx context.Context, dir string, p programs) (string, error) {
	if home, err := filepath.EvalSymlinks(dir); err == nil {
		if err := a.enters(ctx, home, p); err != nil {
			return "", fmt.Errorf("%w: move the data folder to where it can (MARSHRUT_DATA)", err)
		}
		return home, nil
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", fmt.Errorf("create the database's folder: %w", err)
	}
	if err := a.own(dir); err != nil {
		return "", fmt.Errorf("give the database's folder to user %s: %w", a.name, err)
	}
	if !a.switched || a.enters(ctx, dir, p) == nil {
		return dir, nil
	}
	return a.homeElsewhere(ctx, dir, p)
}

func (a account) homeElsewhere(ctx context.Context, dir string, p programs) (string, error) {
	if err := os.MkdirAll(rootHome, 0o755); err != nil {
		return "", fmt.Errorf("create the database's folder: %w", err)
	}
	home, err := os.MkdirTemp(rootHome, "postgres-")
	if err != nil {
		return "", fmt.Errorf("create the database's folder: %w", err)
	}
	if err := a.own(home); err != nil {
		return "", fmt.Errorf("give the database's folder to user %s: %w", a.name, err)
	}
	if err := a.enters(ctx, home, p); err != nil {
		return "", err
	}
	if err := os.Remove(dir); err != nil {
		return "", fmt.Errorf("point to the database's folder: %w", err)
	}
	if err := os.Symlink(home, dir); err != nil {
		return "", fmt.Errorf("point to the database's folder: %w", err)
	}
	return home, nil
}
