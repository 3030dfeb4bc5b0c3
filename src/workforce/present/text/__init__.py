"""What all sentences are made with: texts, numbers and names as they are written, captions, and sentences common to several kinds."""
