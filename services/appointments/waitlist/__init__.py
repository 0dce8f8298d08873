"""The waiting list: joining it, the seats that it offers, taking or leaving them."""
