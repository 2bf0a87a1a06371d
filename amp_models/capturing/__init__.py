"""An amp is learned: from takes to files, scores, a picture and a report."""
