// Command portal is the whole portal in one program: it serves the pages, works the job queue and looks after its
// database. `portal --help` lists the commands, `portal config` the settings.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // a bare container has no time zones

	"github.com/alecthomas/kong"

	"portal/internal/config"
)

// commands are what the program can do, a file each.
type commands struct {
	Serve   serveCommand   `cmd:"" help:"Serve HTTP and work the job queue."`
	Migrate migrateCommand `cmd:"" help:"Bring the database's schema up to date."`
	Seed    seedCommand    `cmd:"" help:"Fill an empty portal with invented demonstration data (refused in production)."`
	Rebuild rebuildCommand `cmd:"" help:"Make the totals and counts of the public lists anew from what is published."`
	Staff   staffCommand   `cmd:"" help:"Look after the people of the secretariat."`
	Bounce  bounceCommand  `cmd:"" help:"Take one mail that came back, or a complaint, from the standard input."`
	Audit   auditCommand   `cmd:"" help:"Verify the record of acts."`
	Config  configCommand  `cmd:"" help:"Show the settings that are in force, secrets masked."`
	Routes  routesCommand  `cmd:"" help:"Show every route with its audience."`
	Doctor  doctorCommand  `cmd:"" help:"Check database, mail, storage, clock and settings, and say what to do."`
}

// surroundings are what a command gets from the process.
type surroundings struct {
	ctx     context.Context
	environ []string
	in      io.Reader // nil for none
	out     io.Writer
	errors  io.Writer
	// alone says that the process is this command's, and with it what all of the process shares: the default logger.
	alone bool
}

// settings reads the configuration; the commands that need it fail with all that is wrong.
func (s *surroundings) settings() (*config.Config, *slog.Logger, error) {
	cfg, err := config.Load(s.environ)
	if err != nil {
		return nil, nil, fmt.Errorf("the settings are not complete:\n  %s", strings.ReplaceAll(err.Error(), "\n", "\n  "))
	}
	log := cfg.Logger(s.errors)
	if s.alone {
		slog.SetDefault(log)
	}
	for _, line := range cfg.Unknown() {
		log.Warn("unknown setting", "setting", line)
	}
	return cfg, log, nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends it at once
	code := run(&surroundings{ctx: ctx, environ: os.Environ(), in: os.Stdin, out: os.Stdout, errors: os.Stderr, alone: true}, os.Args[1:])
	stop()
	os.Exit(code)
}

// wrongUsage is the exit code for a command line that cannot be understood.
const wrongUsage exit = 2

// exit is an exit code without a message: the command has said all.
type exit int

// Error makes it an error; nobody reads it.
func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// run carries out the command line and returns the exit code.
func run(s *surroundings, args []string) (code int) {
	var chosen commands
	parser, err := kong.New(&chosen, kong.Name("portal"), kong.Writers(s.out, s.errors), kong.UsageOnError(),
		kong.Description("Settings come from the environment (PORTAL_… and DATABASE_URL); `portal config --explain` lists them."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Exit(func(code int) { panic(min(exit(code), wrongUsage)) }))
	if err != nil {
		fmt.Fprintln(s.errors, "portal:", err)
		return 1
	}
	defer func() { // --help ends the parser in the middle
		if p := recover(); p != nil {
			e, ok := p.(exit)
			if !ok {
				panic(p)
			}
			code = int(e)
		}
	}()
	command, err := parser.Parse(args)
	if err != nil {
		parser.FatalIfErrorf(err)
	}
	err = command.Run(s)
	var e exit
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e):
		return int(e)
	}
	fmt.Fprintln(s.errors, "portal:", err)
	return 1
}
