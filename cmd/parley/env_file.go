package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"github.com/joho/godotenv"

	"github.com/kuvaka-tech/parley/configs"
)

const envFile = ".env"

// readEnvFile adds the variables of the .env file, if the working directory has one, to the
// environment, and returns their names. Environment variables take precedence. It fails if the
// file cannot be read or has other lines than variables. The error contains no value.
func readEnvFile() (names []string, err error) {
	if _, err := os.Lstat(envFile); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	variables, err := godotenv.Read(envFile)
	var unreadable *fs.PathError
	if errors.As(err, &unreadable) {
		return nil, fmt.Errorf(".env: must be a file that this process can read, or be removed: %w", unreadable.Err)
	}
	for name, value := range variables {
		names = append(names, name)
		err = errors.Join(err, setIfMissing(name, value))
	}
	if err != nil { // its text may contain a value
		return nil, errors.New(".env: must contain NAME=value lines only")
	}
	return names, nil
}

func setIfMissing(name, value string) error {
	if _, exists := os.LookupEnv(name); exists {
		return nil
	}
	return os.Setenv(name, value)
}

// warnOfUnknown logs a line for each variable of the .env file that Parley does not have, without
// its value. The cause is often a typing error.
func warnOfUnknown(log *slog.Logger, unknown []configs.UnknownVariable) {
	for _, u := range unknown {
		attrs := []any{"variable", u.Name}
		if u.Similar != "" {
			attrs = append(attrs, "did_you_mean", u.Similar)
		}
		log.Warn("unknown variable in .env: Parley has no variable with this name", attrs...)
	}
}
