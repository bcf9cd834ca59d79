"""STEP 1, curate: files of labelled sequences become an audited data set."""
