"""What a bundle runs on its device; the scripts in its folder call the `main` of modules here."""
