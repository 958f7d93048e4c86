package embedded

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

// account is who the server's processes run as. PostgreSQL refuses to be root.
type account struct {
	// uid and gid own the files.
	uid, gid int
	// credential changes to the account; nil stays ourselves.
	credential *syscall.Credential
	// namespace runs the processes in a user namespace, where root has the number of nobody (Linux).
	namespace bool
	// passes lets the account pass through directories that are closed to it, as root does (Linux).
	passes bool
}

// nobody is the account's number inside a user namespace.
const nobody = 65534

// chooseAccount is ourselves, unless we are root: then whoever owns the data already, postgres or nobody, the first who
// can pass to the directory and run the programs. Where only root can pass, it is root dressed up as nobody in a user
// namespace, or, in a container that allows none, such an account with root's right of way.
func chooseAccount(ctx context.Context, dir, programs string) (account, error) {
	if os.Geteuid() != 0 {
		return account{uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	ordinary, err := accountsForRoot(dir)
	if err != nil {
		return account{}, err
	}
	choices := ordinary
	if hasNamespaces {
		choices = append(choices, account{namespace: true})
		for _, a := range ordinary {
			a.passes = true
			choices = append(choices, a)
		}
	}
	var refused error
	for _, a := range choices {
		err := a.canRun(ctx, dir, programs)
		if err == nil {
			return a, nil
		}
		refused = errors.Join(refused, fmt.Errorf("as %s: %w", a, err))
	}
	return account{}, fmt.Errorf("PostgreSQL does not run as root, and the accounts postgres and nobody cannot reach %s: choose a directory with PORTAL_DATA that others may pass through (o+x on all above it), run this as an ordinary account, or name a server in DATABASE_URL (%s)",
		dir, oneLine(refused))
}

// String names the account for messages.
func (a account) String() string {
	switch {
	case a.namespace:
		return "root in a user namespace"
	case a.passes:
		return accountName(a.uid) + " with root's right of way"
	}
	return accountName(a.uid)
}

// accountsForRoot are the accounts that root may use, best first.
func accountsForRoot(dir string) ([]account, error) {
	var people []*user.User
	if info, err := os.Stat(filepath.Join(dir, "data")); err == nil && ownerOf(info) != 0 {
		if u, err := user.LookupId(strconv.Itoa(ownerOf(info))); err == nil { // initdb and postgres want a passwd entry
			people = append(people, u)
		}
	}
	for _, name := range []string{"postgres", "_postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			people = append(people, u)
		}
	}
	var accounts []account
	for _, u := range people {
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("read the number of account %s: %w", u.Username, err)
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("read the group of account %s: %w", u.Username, err)
		}
		accounts = append(accounts, account{uid: int(uid), gid: int(gid), credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}})
	}
	return accounts, nil
}

// canRun tries the cheapest program from the directory above ours: it must be passable, and the programs runnable.
func (a account) canRun(ctx context.Context, dir, programs string) error {
	c := exec.CommandContext(ctx, filepath.Join(programs, "postgres"), "--version")
	c.Dir, c.Env, c.SysProcAttr = a.workDirectory(filepath.Dir(dir)), environment(), a.attributes()
	return c.Run()
}

// workDirectory is where the account's processes start: root's right of way holds only once they run.
func (a account) workDirectory(dir string) string {
	if a.passes {
		return "/"
	}
	return dir
}

// take gives the directory's files to the account. The data directory changes hands last, so that its owner says
// whether all is done.
func (a account) take(dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	data := filepath.Join(dir, "data")
	for _, path := range []string{dir, filepath.Join(dir, "lock"), filepath.Join(dir, "log"), filepath.Join(dir, "sock")} {
		if err := os.Lchown(path, a.uid, a.gid); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("give the database to its account: %w", err)
		}
	}
	return a.takeTree(data)
}

func (a account) takeTree(root string) error {
	info, err := os.Stat(root)
	if os.Geteuid() != 0 || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && ownerOf(info) != a.uid {
		err = filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || path == root {
				return err
			}
			return os.Lchown(path, a.uid, a.gid)
		})
		if err == nil {
			err = os.Lchown(root, a.uid, a.gid)
		}
	}
	if err != nil {
		return fmt.Errorf("give the database to its account: %w", err)
	}
	return nil
}

// socketDirectory makes the directory for the socket: dir/sock, or one below the temporary directory when the address
// would be too long for the system. Only the account may look into it.
func (a account) socketDirectory(dir string) (string, error) {
	sockets := filepath.Join(dir, "sock")
	for _, shorter := range []string{os.TempDir(), "/tmp"} {
		if !tooLong(sockets) {
			break
		}
		sockets = filepath.Join(shorter, socketName(dir))
	}
	if tooLong(sockets) {
		return "", fmt.Errorf("the path %s is too long for a socket: choose a shorter directory with PORTAL_DATA", sockets)
	}
	err := os.Mkdir(sockets, 0o700)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("make the directory for the database's socket: %w", err)
	}
	// Below the temporary directory somebody else could have made it, to listen in.
	info, err := os.Lstat(sockets)
	if err != nil {
		return "", fmt.Errorf("look at the directory for the database's socket: %w", err)
	}
	owner := ownerOf(info)
	if !info.IsDir() || owner != os.Geteuid() && (os.Geteuid() != 0 || owner != a.uid && !inside(dir, sockets)) {
		return "", fmt.Errorf("%s is not ours (it belongs to the account %s): remove it, or choose another directory with PORTAL_DATA", sockets, accountName(owner))
	}
	if err := os.Chmod(sockets, 0o700); err != nil {
		return "", fmt.Errorf("protect the directory for the database's socket: %w", err)
	}
	if os.Geteuid() == 0 {
		if err := os.Lchown(sockets, a.uid, a.gid); err != nil {
			return "", fmt.Errorf("give the directory for the database's socket to its account: %w", err)
		}
	}
	return sockets, nil
}

func inside(dir, path string) bool { return filepath.Dir(path) == dir }

func tooLong(sockets string) bool { return len(sockets)+len("/.s.PGSQL."+port) > longestSocket }

// ownerOf is the number of the account that owns a file.
func ownerOf(info fs.FileInfo) int {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid)
	}
	return -1
}

func accountName(uid int) string {
	number := strconv.Itoa(uid)
	if u, err := user.LookupId(number); err == nil {
		return u.Username
	}
	return number
}
