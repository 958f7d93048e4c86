package word

// Markdown is how a long text comes back: what the package says of long answers.
func Markdown(text string) string {
	blocks := parseBlocks(text)
	for i := range blocks {
		blocks[i].text = tidyLines(blocks[i].text)
		for j := range blocks[i].items {
			blocks[i].items[j].text = tidyLines(blocks[i].items[j].text)
		}
	}
	return writeBlocks(blocks)
}

// ReadDate is readDate.
var ReadDate = readDate
