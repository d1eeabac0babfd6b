// Command clewline is the whole product in one binary: the server, and the
// commands that send to it and ask it.
//
// Exit codes: 0 done, 1 failed, 2 wrong use.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/clewline/clewline/format"
)

// version is set by the Makefile's -ldflags.
var version = "0.1.0-dev"

const (
	exitDone     = 0
	exitFailed   = 1
	exitWrongUse = 2
)

// command is the grammar of the command line. The flags that scripts rely on
// are listed in the design, section 8, and do not change.
type command struct {
	Serve     serveCmd     `cmd:"" help:"Run the server."`
	Demo      demoCmd      `cmd:"" help:"Run a server with a story in it, to look around."`
	Key       keyCmd       `cmd:"" help:"Manage keys."`
	Retention retentionCmd `cmd:"" help:"Remove what is not to be kept any longer."`
	Backup    backupCmd    `cmd:"" help:"Copy a data folder while its server runs."`
	Restore   restoreCmd   `cmd:"" help:"Put a backup into an empty data folder."`
	Store     storeCmd     `cmd:"" help:"Look after the stored events."`
	Compact   compactCmd   `cmd:"" help:"Bring a data folder into its smallest form: remove what is due, bring files together. Refused while a server runs on it."`
	Setup     setupCmd     `cmd:"" help:"Print a new one-time link that makes the first admin."`
	User      userCmd      `cmd:"" help:"List people, or let one choose another password. Works while the server runs."`
	Send      sendCmd      `cmd:"" help:"Send log files, or standard input, to a server."`
	Query     queryCmd     `cmd:"" help:"Search, newest first."`
	Fields    fieldsCmd    `cmd:"" help:"Show which fields events have, or what one of them holds."`
	Tail      tailCmd      `cmd:"" help:"Show matching events as they arrive."`
	Pull      pullCmd      `cmd:"" help:"Ask a device for the logs that it keeps."`
	Parse     parseCmd     `cmd:"" help:"Show what a server would make of lines, without sending them."`
	Lint      lintCmd      `cmd:"" help:"Check a log file against the Prism norm."`

	Version kong.VersionFlag `help:"Print the version." short:"V"`
}

// program is what a command may touch of the outside world.
type program struct {
	ctx    context.Context
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	// terminal says whether stderr shows to a person, who gets a progress bar.
	terminal bool
}

// usageError is a mistake of the person at the command line.
type usageError struct{ error }

func wrongUse(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run runs one command and gives its exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var cmd command
	exited, code := false, exitDone
	parser, err := kong.New(&cmd,
		kong.Name("clewline"),
		kong.Description("Follow one user's trouble from the click to the line that failed."),
		kong.Vars{"version": version, "formats": strings.Join(format.Names(), ", ")},
		kong.Writers(stdout, stderr),
		kong.WithHyphenPrefixedParameters(true), // --from -1h
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Exit(func(c int) { exited, code = true, c }),
	)
	if err != nil {
		fmt.Fprintln(stderr, "clewline:", err)
		return exitFailed
	}
	parsed, err := parser.Parse(args)
	if exited { // --help, --version
		return code
	}
	if err != nil {
		fmt.Fprintf(stderr, "clewline: %v\nclewline --help tells more.\n", err)
		return exitWrongUse
	}
	p := &program{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr, terminal: isTerminal(stderr)}
	err = parsed.Run(p)
	var wrong usageError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &wrong):
		fmt.Fprintln(stderr, "clewline:", err)
		return exitWrongUse
	default:
		fmt.Fprintln(stderr, "clewline:", err)
		return exitFailed
	}
}
