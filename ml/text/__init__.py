"""Text in Chinese and English: words with their tags, keywords, the domain dictionary, near-duplicates, fields."""
