package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// sumSuffix is added to a backup's name: the file with its SHA-256, as sha256sum(1) reads it. SQLite finds a damaged
// page, but not a byte that was changed within a row.
const sumSuffix = ".sha256"

// writeSum writes the checksum of a backup that will be at path. A checksum of an earlier file is replaced.
func writeSum(ctx context.Context, part, path string) error {
	sum, err := sumOf(ctx, part)
	if err != nil {
		return err
	}
	if err := os.Remove(path + sumSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err = os.WriteFile(path+sumSuffix, fmt.Appendf(nil, "%s  %s\n", sum, filepath.Base(path)), 0o600)
	if err != nil {
		return errors.Join(err, os.Remove(path+sumSuffix))
	}
	return syncFile(path + sumSuffix)
}

// checkSum compares a file with the checksum next to it, if there is one. The error is [ErrUnsound] if they differ.
func checkSum(ctx context.Context, file, path string) error {
	text, err := os.ReadFile(path + sumSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // moved without it, or made by an earlier version
	}
	if err != nil {
		return err
	}
	sum, err := sumOf(ctx, file)
	if err != nil {
		return err
	}
	if want, _, _ := strings.Cut(string(text), " "); want != sum {
		return fmt.Errorf("%w: %s has another SHA-256 than %s says", ErrUnsound, path, filepath.Base(path)+sumSuffix)
	}
	return nil
}

func sumOf(ctx context.Context, file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, contextReader{ctx, f}); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
