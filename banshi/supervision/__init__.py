"""What `banshi dev` is made of: the data folder, its secrets, the parts and their supervisor."""
