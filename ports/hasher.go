package ports

import "context"

// Hasher hashes passwords slowly and with a salt.
type Hasher interface {
	// Hash returns the encoded hash of a password.
	Hash(ctx context.Context, password string) (string, error)
	// Match reports whether hash was made from password. For the hash "" it takes the same
	// time as for a real one and returns false.
	Match(ctx context.Context, hash, password string) (bool, error)
}
