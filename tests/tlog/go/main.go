// An independent reader of a log: recomputes its tree and judges proofs with golang.org/x/mod/sumdb (Debian:
// golang-golang-x-mod-dev). It shares no code with Footproof.
//
//	main tree DIR VKEY [OLD_CHECKPOINT]   rebuild from the entries, compare every tile, the root, the old root
//	main tiles DIR VKEY OLD_CHECKPOINT    read, from verified tiles only, a proof for every 97th entry and that the old
//	                                      tree is in the new one
//	main proof VKEY FILE ENTRY ...        verify .tlog-proof files
//	main cosigned FILE VKEY WITNESS ...   print the time of each witness's cosignature (type 0x04) on a checkpoint
//	main judge                            per line of stdin: "record t n root leaf hash,..." or
//	                                      "tree t n root oldroot hash,..." -> true or false
package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	var err error
	switch os.Args[1] {
	case "tree":
		err = checkTree(os.Args[2], os.Args[3], os.Args[4:])
	case "proof":
		for i := 3; i+1 < len(os.Args) && err == nil; i += 2 {
			err = checkProof(os.Args[2], os.Args[i], os.Args[i+1])
		}
	case "tiles":
		err = checkTiles(os.Args[2], os.Args[3], os.Args[4])
	case "cosigned":
		err = checkCosigned(os.Args[2], os.Args[3], os.Args[4:])
	case "judge":
		judge()
	}
	if err != nil {
		fmt.Println("bad:", err)
		os.Exit(1)
	}
}

// openCheckpoint verifies the signature and returns the tree that was signed.
func openCheckpoint(data []byte, vkey string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("checkpoint text %q", opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// published gives the path of a tile in C2SP's layout; sumdb's own has the height in it and other names for data.
func published(level string, n int64, width int) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	if width < 256 {
		path += fmt.Sprintf(".p/%d", width)
	}
	return filepath.Join("tile", level, filepath.FromSlash(path))
}

// hashes keeps all stored hashes in memory in sumdb's order.
type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		found[i] = h[index]
	}
	return found, nil
}

// readEntries feeds every entry below size to add, from the bundles.
func readEntries(dir string, size int64, add func(int64, []byte) error) error {
	for start := int64(0); start < size; start += 256 {
		width := size - start
		if width > 256 {
			width = 256
		}
		name := published("entries", start/256, int(width))
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		for i := int64(0); i < width; i++ {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return fmt.Errorf("%s is cut", name)
			}
			end := 2 + int(binary.BigEndian.Uint16(data))
			if err := add(start+i, data[2:end]); err != nil {
				return err
			}
			data = data[end:]
		}
		if len(data) != 0 {
			return fmt.Errorf("%s has surplus", name)
		}
	}
	return nil
}

func checkTree(dir, vkey string, older []string) error {
	data, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(data, vkey)
	if err != nil {
		return err
	}
	var store hashes
	err = readEntries(dir, tree.N, func(index int64, entry []byte) error {
		more, err := tlog.StoredHashes(index, entry, store)
		store = append(store, more...)
		return err
	})
	if err != nil {
		return err
	}
	root, err := tlog.TreeHash(tree.N, store)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return fmt.Errorf("root %v, signed %v", root, tree.Hash)
	}
	for _, tile := range tlog.NewTiles(8, 0, tree.N) {
		present := tree.N>>(8*uint(tile.L)) - 256*tile.N
		if tile.W < 256 && int64(tile.W) != present {
			continue // NewTiles also lists the partial tiles of every smaller tree.
		}
		want, err := tlog.ReadTileData(tile, store)
		if err != nil {
			return err
		}
		name := published(strconv.Itoa(tile.L), tile.N, tile.W)
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("%s differs", name)
		}
	}
	for _, path := range older {
		if err := checkOlder(path, vkey, tree, store); err != nil {
			return err
		}
	}
	fmt.Println(tree.N, hex.EncodeToString(root[:]))
	return nil
}

func checkOlder(path, vkey string, tree tlog.Tree, store hashes) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	old, err := openCheckpoint(data, vkey)
	if err != nil {
		return err
	}
	proof, err := tlog.ProveTree(tree.N, old.N, store)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash)
}

func checkProof(vkey, file, entry string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(entry)
	if err != nil {
		return err
	}
	parts := strings.SplitN(string(data), "\n\n", 2)
	lines := strings.Split(parts[0], "\n")
	if len(parts) != 2 || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return fmt.Errorf("%s is no proof", file)
	}
	lines = lines[1:]
	if strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	tree, err := openCheckpoint([]byte(parts[1]), vkey)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(content))
}

// reader gives sumdb the tiles of a folder; sumdb verifies them against the tree hash before it uses them.
type reader struct {
	dir  string
	read int
}

func (r *reader) Height() int { return 8 }

func (r *reader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(filepath.Join(r.dir, published(strconv.Itoa(tile.L), tile.N, tile.W)))
		if err != nil {
			return nil, err
		}
		r.read++
		found = append(found, data)
	}
	return found, nil
}

func (r *reader) SaveTiles([]tlog.Tile, [][]byte) {}

func checkTiles(dir, vkey, older string) error {
	data, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(data, vkey)
	if err != nil {
		return err
	}
	source := &reader{dir: dir}
	hashes := tlog.TileHashReader(tree, source)
	err = readEntries(dir, tree.N, func(index int64, entry []byte) error {
		if index%97 != 0 {
			return nil
		}
		proof, err := tlog.ProveRecord(tree.N, index, hashes)
		if err != nil {
			return err
		}
		return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry))
	})
	if err != nil {
		return err
	}
	data, err = os.ReadFile(older)
	if err != nil {
		return err
	}
	old, err := openCheckpoint(data, vkey)
	if err != nil {
		return err
	}
	proof, err := tlog.ProveTree(tree.N, old.N, hashes)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
		return err
	}
	fmt.Println(tree.N, old.N, source.read > 0)
	return nil
}

// witness verifies cosignatures (C2SP tlog-cosignature, Ed25519), which sumdb does not know.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
	time uint64
}

func newWitness(vkey string) (*witness, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("key %q", vkey)
	}
	typed, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(typed) != 33 || typed[0] != 4 {
		return nil, fmt.Errorf("key %q", vkey)
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), typed...))
	if hex.EncodeToString(sum[:4]) != parts[1] {
		return nil, fmt.Errorf("key id of %q", vkey)
	}
	return &witness{name: parts[0], hash: binary.BigEndian.Uint32(sum[:4]), key: typed[1:]}, nil
}

func (w *witness) Name() string    { return w.name }
func (w *witness) KeyHash() uint32 { return w.hash }

func (w *witness) Verify(text, signature []byte) bool {
	if len(signature) != 72 {
		return false
	}
	w.time = binary.BigEndian.Uint64(signature)
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", w.time, text)
	return ed25519.Verify(w.key, []byte(message), signature[8:])
}

func checkCosigned(file, vkey string, keys []string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if _, err := openCheckpoint(data, vkey); err != nil {
		return err
	}
	for _, key := range keys {
		w, err := newWitness(key)
		if err != nil {
			return err
		}
		if _, err := note.Open(data, note.VerifierList(w)); err != nil {
			return err
		}
		fmt.Println(w.time)
	}
	return nil
}

func judge() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), " ")
		t, _ := strconv.ParseInt(fields[1], 10, 64)
		n, _ := strconv.ParseInt(fields[2], 10, 64)
		var proof []tlog.Hash
		if fields[5] != "" {
			for _, text := range strings.Split(fields[5], ",") {
				proof = append(proof, parse(text))
			}
		}
		var err error
		if fields[0] == "record" {
			err = tlog.CheckRecord(proof, t, parse(fields[3]), n, parse(fields[4]))
		} else {
			err = tlog.CheckTree(proof, t, parse(fields[3]), n, parse(fields[4]))
		}
		fmt.Println(err == nil)
	}
}

func parse(text string) (hash tlog.Hash) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || copy(hash[:], data) != tlog.HashSize {
		panic("bad hash " + text)
	}
	return hash
}
