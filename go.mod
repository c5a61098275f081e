module marshrut

go 1.26
